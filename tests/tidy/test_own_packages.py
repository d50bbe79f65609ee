"""`drivers` and `simulators` are generic names: another package of that name must stop the start, in one sentence."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_foreign_drivers_package_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "drivers").mkdir()
    (tmp_path / "drivers" / "__init__.py").write_text("")
    program = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]; "
        "from monitor_app.cli import main; sys.exit(main(['devices']))"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "'drivers' is in" in done.stderr
    assert "Traceback" not in done.stderr
