"""A command loads its own room and no other; help knows all of them."""

import re
import subprocess
import sys

import pytest
from tpsbox.cli.main import ROOMS, main


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    assert set(re.findall(r"^    ([a-z][a-z-]*)", capsys.readouterr().out, re.M)) == set(ROOMS)


@pytest.mark.parametrize("command", ROOMS)
def test_a_command_is_found_by_its_name_alone(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"usage: tpsbox {command}" in capsys.readouterr().out


def test_an_unknown_command_is_told_which_there_are(capsys):
    assert main(["statsu"]) == 2
    said = capsys.readouterr().err
    assert all(repr(command) in said for command in ROOMS)


def test_the_uplink_does_without_eyes(tmp_path):
    """No box there: the command ends with one line, after it has loaded all that it needs."""
    program = (
        "import sys; from tpsbox.cli.main import main\n"
        f"assert main(['run', 'uplink', '--data', {str(tmp_path)!r}])\n"
        "import tpsbox.uplink.__main__\n"
        "sys.exit(sorted({'cv2', 'numpy', 'fpdf', 'PIL'} & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
