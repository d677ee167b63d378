#!/usr/bin/env python3
"""Every error code that the source can answer is in core/api/error_codes.cpp, which /docs/errors shows,
and every row of that table is used somewhere."""
import glob
import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
TABLE = "core/api/error_codes.cpp"
# Codes that reach no HTTP answer, and where they end instead.
ELSEWHERE = {
    "connector_refused": "the list of connectors and a start that fails",
    "transport_refused": "the error of a scan",
    "tls_files": "a start that fails",
    "local_repository_refused": "the error of a scan",
}
TEXT = r'"(?:[^"\\]|\\.)*"'
# fail(ErrorKind::Conflict, <detail>, "code"): the last argument, when there are three.
FAIL = re.compile(r"\bfail\(\s*ErrorKind::\w+\s*,")
CODE = re.compile(r'"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"\s*$')
# {408, "request_timeout", "..."}: refusals of the HTTP server.
REFUSAL = re.compile(r'\{\s*[45][0-9]{2},\s*"([a-z_]+)",\s*"')


def arguments(text, start):
    """The arguments of the call whose opening parenthesis ends at `start`."""
    depth, parts, at, begin = 1, [], start, start
    while depth and at < len(text):
        quoted = re.compile(TEXT).match(text, at)
        if quoted:
            at = quoted.end()
            continue
        char = text[at]
        depth += (char in "([{") - (char in ")]}")
        if (char == "," and depth == 1) or depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
        at += 1
    return parts


def used():
    for path in sorted(glob.glob(os.path.join(ROOT, "core/*/*.cpp")) +
                       glob.glob(os.path.join(ROOT, "core/*/*.h")) +
                       glob.glob(os.path.join(ROOT, "plugins/*/*.cpp"))):
        name = os.path.relpath(path, ROOT)
        if name == TABLE:
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for match in FAIL.finditer(text):
            parts = arguments(text, text.index("(", match.start()) + 1)
            code = CODE.search(parts[2]) if len(parts) >= 3 else None
            if code:
                yield name, text.count("\n", 0, match.start()) + 1, code[1]
        if name.startswith("core/http/"):
            for match in REFUSAL.finditer(text):
                yield name, text.count("\n", 0, match.start()) + 1, match[1]


def main():
    with open(os.path.join(ROOT, TABLE), encoding="utf-8") as file:
        own = re.findall(r'\{\s*"([a-z_]+)",\s*[45][0-9]{2},', file.read())
    with open(os.path.join(ROOT, "core/sdk/error_kinds.def"), encoding="utf-8") as file:
        kinds = re.findall(r'\(\w+, "([a-z_]+)", [0-9]{3},', file.read())
    found = list(used())
    faults = [f"{path}:{line}: {code} is not in {TABLE}" for path, line, code in found
              if code not in own + kinds and code not in ELSEWHERE]
    answered = {code for _, _, code in found}
    faults += [f"{TABLE}: nothing answers {code}" for code in own if code not in answered]
    faults += [f"{TABLE}: {code} is there twice" for code in sorted(set(own)) if own.count(code) > 1]
    faults += [f"tests/lint/error_codes.py: nothing uses {code}" for code in ELSEWHERE
               if code not in answered]
    if len(own) < 10 or len(kinds) < 10 or len(answered) < 10:
        faults.append("tests/lint/error_codes.py: it no longer understands the source")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
