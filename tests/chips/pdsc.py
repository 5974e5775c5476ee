"""pdsc.py FOLDER LIST: the description of a CMSIS-Pack, against what is packed and the list of chips.

Every file is there and every condition; for each chip that the list has and CMSIS knows, conditions choose one library, that of the list.
"""

import pathlib
import sys
import xml.etree.ElementTree as tree

CORES = {
    "cortex-m0": "Cortex-M0", "cortex-m0plus": "Cortex-M0+", "cortex-m23": "Cortex-M23", "cortex-m3": "Cortex-M3",
    "cortex-m4": "Cortex-M4", "cortex-m7": "Cortex-M7", "cortex-m33": "Cortex-M33",
}
UNITS = {"": "NO_FPU", "fpv4-sp-d16-hard": "SP_FPU", "fpv5-sp-d16-hard": "SP_FPU", "fpv5-d16-hard": "DP_FPU"}


def main(folder: pathlib.Path, chips: pathlib.Path) -> None:
    (description,) = folder.glob("*.pdsc")
    package = tree.parse(description).getroot()
    vendor, name, version = package.findtext("vendor"), package.findtext("name"), package.find("releases/release").get("version")
    assert description.name == f"{vendor}.{name}.pdsc", description
    assert (folder.parent / f"{vendor}.{name}.{version}.pack").is_file(), "no archive of that name"
    assert (folder / package.findtext("license")).is_file()
    conditions = {found.get("id"): found for found in package.iter("condition")}
    used = {at.get("condition") for at in package.iter() if at.get("condition")}
    assert used <= conditions.keys(), used - conditions.keys()
    files = list(package.iter("file"))
    for file in files:
        assert (folder / file.get("name")).exists(), file.get("name")
    packed = {str(found.relative_to(folder)) for found in folder.glob("lib/*/*.a")}
    assert packed == {file.get("name") for file in files if file.get("category") == "library"}, packed

    def holds(condition: str, here: dict[str, str]) -> bool:
        def one(rule: tree.Element) -> bool:
            wanted = dict(rule.attrib)
            nested = wanted.pop("condition", None)
            return (nested is None or holds(nested, here)) and wanted.items() <= here.items()

        rules = conditions[condition]
        accepted = rules.findall("accept")
        return all(map(one, rules.findall("require"))) and (not accepted or any(map(one, accepted)))

    checked = 0
    for line in chips.read_text().splitlines():
        if not line.startswith("chip cortex-") or "softfp" in line:
            continue
        _, chip, library, *_ = line.split()
        core, _, unit = chip.partition("/")
        # A Cortex-M4 or M33 has single precision at most, whatever the compiler is told.
        here = {"Dcore": CORES[core], "Dfpu": UNITS[unit], "Tcompiler": "GCC"}
        for component in package.iter("component"):
            assert holds(component.get("condition"), here), here
        chosen = [f.get("name") for f in files if f.get("category") == "library" and holds(f.get("condition"), here)]
        assert chosen == [f"lib/{library}/libtutee.a"], (chip, chosen)
        assert not any(holds(name, here | {"Tcompiler": "ARMCC"}) for name in ("v6m", "v7m", "tutee")), here
        checked += 1
    assert checked >= 10, checked
    print(f"proved: {vendor}.{name}.{version}.pack holds what its description names, and chooses the list's library for {checked} chips")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
