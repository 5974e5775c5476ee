#!/usr/bin/env python3
"""Cuts the sample that ships with the project out of the full MNIST files.

    python3 cut.py DIR        DIR holds the four IDX files, each plain or .gz

The sample is the first 2,000 training digits and the first 500 test digits, in their order. Only the count in each
header changes. The gzip wrapper carries neither a time nor a name, so one zlib version always writes the same file;
another version may compress differently, which is why the README lists the digests of the uncompressed content.
"""

import gzip
import hashlib
import pathlib
import struct
import sys

CUTS = [("train", 2000), ("t10k", 500)]
KINDS = [("images-idx3-ubyte", 2051, (28, 28)), ("labels-idx1-ubyte", 2049, ())]


def read(directory, name):
    plain = directory / name
    return plain.read_bytes() if plain.exists() else gzip.decompress((directory / (name + ".gz")).read_bytes())


def cut(content, magic, dimensions, count):
    """The same IDX file with its first `count` items only."""
    header = struct.Struct(">" + "I" * (2 + len(dimensions)))
    found_magic, found_count, *found_dimensions = header.unpack_from(content)
    if found_magic != magic or tuple(found_dimensions) != dimensions or found_count < count:
        sys.exit(f"not the expected IDX file: header {found_magic} {found_count} {found_dimensions}")
    size = 1
    for dimension in dimensions:
        size *= dimension
    return header.pack(magic, count, *dimensions) + content[header.size : header.size + count * size]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = pathlib.Path(__file__).resolve().parent
    for part, count in CUTS:
        for kind, magic, dimensions in KINDS:
            name = f"{part}-{kind}"
            content = cut(read(pathlib.Path(sys.argv[1]), name), magic, dimensions, count)
            packed = gzip.compress(content, compresslevel=9, mtime=0)
            (here / (name + ".gz")).write_bytes(packed)
            print(f"{hashlib.sha256(content).hexdigest()}  {name}  {len(content)} bytes, {len(packed)} packed")


if __name__ == "__main__":
    main()
