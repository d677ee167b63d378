#!/usr/bin/env python3
"""Compiles every header of core/sdk on its own: headers_alone.py COMPILER [JOBS]"""
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

CORE = pathlib.Path(__file__).resolve().parents[2] / "core"
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c++"]


def compile_alone(compiler, include, header):
    # Included, not given as the main file: `#pragma once` in a main file is a warning.
    done = subprocess.run([compiler, *FLAGS, "-I", include, "-"], input=f'#include "{header}"\n',
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def main():
    compiler, jobs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
    headers = sorted(str(h.relative_to(CORE)) for h in (CORE / "sdk").rglob("*.h"))
    if not headers:
        print("core/sdk has no header")
        return 1
    failed = 0
    # Only sdk/ is to be found, as where the SDK is installed.
    with tempfile.TemporaryDirectory() as include, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        (pathlib.Path(include) / "sdk").symlink_to(CORE / "sdk")
        for header, (code, output) in zip(headers, pool.map(
                lambda h: compile_alone(compiler, include, h), headers)):
            if code != 0:
                print(f"core/{header} does not compile alone:\n{output}")
                failed += 1
    print(f"{len(headers)} headers, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
