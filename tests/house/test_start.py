"""What starts quickly: no process loads a large library before it uses it."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("pandas", "pyiceberg.table", "pyiceberg.catalog", "sqlalchemy", "duckdb", "openpyxl")
OF_PAGES = ("altair", "vl_convert", "pptx", "typst")
PROGRAM = """
import sys
import django
django.setup()
from django.urls import resolve
resolve("/today/")
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_a_process_that_answers_pages_has_not_loaded_lake_charts_slides_or_paper(tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tenure.settings", "TENURE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, *HEAVY, *OF_PAGES]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_the_command_line_explains_itself_without_django() -> None:
    program = "import sys, tenure.cli; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    command = [sys.executable, "-c", program, "django", "ibis", "pyarrow", *HEAVY, *OF_PAGES]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == []
