"""What the service does without is missing only while it is told so, and costs it nothing later."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from service.interpreter import without


def test_a_library_is_missing_inside_and_there_again_outside() -> None:
    with without("wsgiref.validate"), pytest.raises(ImportError):
        import_module("wsgiref.validate")
    assert import_module("wsgiref.validate").__name__ == "wsgiref.validate"


def test_what_is_loaded_already_stays() -> None:
    with without("sys", "subprocess"):
        assert sys.modules["subprocess"] is subprocess


def test_the_service_carries_no_terminal_dress() -> None:
    code = (
        "import sys\nfrom service.interpreter import without\n"
        "with without('rich', 'greenlet'):\n    import service.running\n"
        "print(sorted({'rich', 'pygments', 'greenlet'} & set(sys.modules)))\nimport rich"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "[]\n"
