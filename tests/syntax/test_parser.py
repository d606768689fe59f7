"""The C parser is used without the rest of PyYAML, and nobody else notices. Each case needs a fresh Python."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

pytestmark = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML is here without libyaml")

READ = """
import sys
from runbook_lang.base.diagnostics import Problems
from runbook_lang.syntax.yaml_reader import decode, read_yaml
def tree(raw=b"a: [1, two]"):
    problems = Problems()
    found = read_yaml(decode("x.yml", raw, problems), problems)
    return found, [item.code for item in problems]
found, codes = tree()
assert found.get("a").items[1].value == "two" and codes == []
"""

CASES = {
    "the loaders are not read": "assert 'yaml.loader' not in sys.modules and 'yaml.reader' not in sys.modules",
    "an import later gives the whole package": """
import yaml
assert yaml.safe_load("a: 2001-01-01")["a"].year == 2001
assert yaml.load("a: [b]", Loader=yaml.CSafeLoader) == {"a": ["b"]}
assert yaml.safe_dump({"a": 1}) == "a: 1\\n"
assert yaml.__with_libyaml__
""",
    "so does an import of names": "from yaml import safe_load, YAMLError\nassert safe_load('1') == 1",
    "so does an import of a submodule": "import yaml.constructor, yaml.reader\nassert yaml.reader.Reader and yaml.SafeLoader",
    "errors of the C parser are the package's": """
import yaml
for text, error in (("a: [", yaml.parser.ParserError), ("a: \\x00", yaml.reader.ReaderError), ("a: 'b", yaml.scanner.ScannerError)):
    try:
        yaml.load(text, Loader=yaml.CSafeLoader)
    except error as found:
        assert isinstance(found, yaml.YAMLError)
    else:
        raise AssertionError(text)
""",
    "a name that isn't there is no attribute": "import yaml\nassert not hasattr(yaml, 'nothing') and yaml.safe_load('1') == 1",
    "files are read after it, too": "import yaml; yaml.safe_load('1')\nassert tree()[0].get('a') and tree(b'a: [')[1]",
}

WITHOUT = """
import sys
class Refuse:
    def find_spec(name, path=None, target=None):
        if name == "yaml._yaml":
            raise ImportError(name)
sys.meta_path.insert(0, Refuse)
"""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_after_a_file_was_read(code: str) -> None:
    run(READ + code)


def test_a_package_that_was_imported_before_is_used() -> None:
    run("import yaml\n" + READ + "assert 'yaml.loader' in sys.modules")


def test_where_the_parser_can_not_be_had_alone_the_package_is_imported() -> None:
    run(WITHOUT + READ + "assert 'yaml.loader' in sys.modules and sys.modules['yaml'].safe_load('1') == 1")
