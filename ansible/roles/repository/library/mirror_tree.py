# ruff: noqa: INP001 - Ansible finds a module by its file, not by a package.
"""Ansible module: make folders of a tree equal to others, in one go.

`ansible.builtin.copy` takes a process per file; an application has dozens of them.
"""

import filecmp
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: mirror_tree
short_description: Makes folders and files of a tree equal to others
description:
  - Copies each source to its place below the destination and removes what is there and not in the source.
options:
  destination:
    description: The tree that is written.
    type: path
    required: true
  sources:
    description: Place below the destination to folder or file that it mirrors.
    type: dict
    required: true
"""


_LEFT_OUT = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


def files_of(source: Path) -> dict[Path, Path]:
    """Relative path to file of everything in a folder; for a file just itself."""
    if source.is_file():
        return {Path(): source}
    return {
        path.relative_to(source): path
        for path in source.rglob("*")
        if path.is_file() and not _LEFT_OUT.intersection(path.relative_to(source).parts)
    }


def mirror(source: Path, target: Path, *, dry: bool) -> list[str]:
    """Make `target` equal to `source`; the paths that differed."""
    wanted = files_of(source)
    there = files_of(target) if target.exists() else {}
    changed = []
    for name in there.keys() - wanted.keys():
        changed.append(str(target / name))
        if not dry:
            (target / name).unlink()
    for name, path in wanted.items():
        copy = target / name
        if name in there and filecmp.cmp(path, copy, shallow=False):
            continue
        changed.append(str(copy))
        if not dry:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return changed


def main() -> None:
    """Run as Ansible calls it."""
    module = AnsibleModule(
        argument_spec={
            "destination": {"type": "path", "required": True},
            "sources": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    destination = Path(module.params["destination"])
    changed = []
    for place, source in module.params["sources"].items():
        if not Path(source).exists():
            module.fail_json(msg=f"{source} is not there")
        changed += mirror(Path(source), destination / place, dry=module.check_mode)
    module.exit_json(changed=bool(changed), paths=sorted(changed))


if __name__ == "__main__":
    main()
