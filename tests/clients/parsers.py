"""Reads the preprocessed header by pycparser and by cffi, and calls the library through what cffi has understood.

    parsers.py libtutee.so HEADER...
"""

import sys

import cffi
from pycparser import CParser, c_ast

library, *headers = sys.argv[1:]
assert headers
found = set()
for header in headers:
    text = open(header).read()
    functions, types, constants = set(), {}, 0
    for node in CParser().parse(text):
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            functions.add(node.name)
        elif isinstance(node, c_ast.Typedef) and isinstance(node.type.type, c_ast.IdentifierType):
            types[node.name] = node.type.type.names
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Enum):
            constants += len(node.type.values.enumerators)
    assert len(functions) > 90, len(functions)
    assert constants > 45, constants
    for name in ["status", "activation", "input", "encoding", "stopped"]:
        assert types[f"tutee_{name}"] == ["int32_t"], (name, types)

    ffi = cffi.FFI()
    ffi.cdef(text)
    tutee = ffi.dlopen(library)
    assert tutee.tutee_self_test() == tutee.TUTEE_OK
    assert ffi.string(tutee.tutee_status_message(tutee.TUTEE_ERROR_NULL)) == b"a pointer is NULL"
    words = ffi.new("size_t *")
    shape = ffi.new("tutee_shape *", [4, 6, 16, 16])
    assert tutee.tutee_student_words_f64(shape, words) == tutee.TUTEE_OK
    memory, student = ffi.new("uint64_t[]", words[0]), ffi.new("tutee_student_f64 **")
    assert tutee.tutee_student_init_f64(memory, words[0], shape, student) == tutee.TUTEE_OK
    assert tutee.tutee_student_reset_f64(student[0]) == tutee.TUTEE_OK
    for name in functions:
        getattr(tutee, name)
    found.add((frozenset(functions), constants))
assert len(found) == 1
functions, constants = found.pop()
print(
    f"proved: pycparser and cffi read {len(functions)} functions and {constants} constants from the header, the same "
    f"in {len(headers)} languages; every function is found in the library, and a call gives what it should"
)
