#!/usr/bin/env python3
"""The rules of the house that no compiler checks. Prints file:line: what is wrong; exits 1 if any is.

    lint.py [--root DIR] [RULE...]     no RULE: all
    lint.py --list                     names and sentences
"""
import argparse
import fnmatch
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NOT_OURS = {".git", "node_modules", "data", "__pycache__"}

# A library from outside, how its include is known, and the only files of core/ that may have it.
LIBRARIES = [
    ("POCO", r"Poco/", ["core/http/*", "core/store/*", "core/crypto/*", "core/app/*", "core/health/*", "core/base/letter_case.cpp"]),
    ("Boost.DLL", r"boost/dll", ["core/connectors/library.cpp"]),
    ("yaml-cpp", r"yaml-cpp/", ["core/config/yaml.cpp"]),
    ("libcurl", r"curl/", ["core/http/client*.cpp"]),
    ("libsodium", r"sodium", ["core/crypto/sealed_box.cpp"]),
]
# What a plugin may include beside sdk/, its own files and the standard library.
PLUGIN_LIBRARIES = ["toml++/toml.h"]

MAX_LINES = 400
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    """The files under a root, read once, as paths relative to it."""

    def __init__(self, root):
        self.root = root
        self.files = []
        self._lines = {}
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in NOT_OURS and
                                not (folder == root and (f == "build" or f.startswith("build-"))))
            self.files += [os.path.relpath(os.path.join(folder, n), root) for n in sorted(names)]

    def under(self, *folders, ends=(".h", ".cpp")):
        prefixes = tuple(f + "/" for f in folders)
        return [f for f in self.files if f.startswith(prefixes) and f.endswith(tuple(ends))]

    def lines(self, path):
        if path not in self._lines:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._lines[path] = file.read().split("\n")
        return self._lines[path]

    def code(self, path):
        """(number, line) without comments and with string literals emptied."""
        inside = False
        for number, line in enumerate(self.lines(path), 1):
            if not inside:
                line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
            out = ""
            while line:
                if inside:
                    _, end, line = line.partition("*/")
                    inside = not end
                else:
                    before, start, line = line.partition("/*")
                    if "//" in before:
                        before, line, start = before.partition("//")[0], "", ""
                    out += before
                    inside = bool(start)
            yield number, out

    def includes(self, path):
        """(number, '<' or '\"', name)"""
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[1], match[2]


def find(tree, paths, pattern, message):
    regex = re.compile(pattern)
    for path in paths:
        for number, line in tree.code(path):
            match = regex.search(line)
            if match:
                yield path, number, message.format(match[0].strip())


def floors():
    """folder -> the folders that it may include"""
    rows = [line.split() for line in open(os.path.join(HERE, "floors.txt"), encoding="utf-8")
            if line.strip() and not line.startswith("#")]
    allowed, below = {}, set()
    for row in reversed(rows):
        for at, folder in enumerate(row):
            allowed[folder] = below | set(row[:at + 1])
        below |= set(row)
    return allowed


def rule_floors(tree):
    """a folder of core/ includes only lower floors and its left neighbours"""
    allowed = floors()
    for path in tree.under("core"):
        folder = path.split("/")[1]
        if folder not in allowed:
            yield path, 1, f"core/{folder} stands on no floor of tests/lint/floors.txt"
            continue
        for number, kind, name in tree.includes(path):
            if kind == "<" or ("/" not in name and os.path.exists(
                    os.path.join(tree.root, os.path.dirname(path), name))):
                continue
            other = name.split("/")[0]
            if other not in allowed:
                yield path, number, f'"{name}" is in no folder of core/; other libraries take <>'
            elif other not in allowed[folder]:
                yield path, number, f"{folder}/ may not include {other}/"


def rule_plugins(tree):
    """a plugin includes the SDK, its own files, the standard library and nothing else"""
    for path in tree.under("plugins"):
        own = os.path.dirname(path)
        for number, kind, name in tree.includes(path):
            if kind == '"':
                good = name.startswith("sdk/") or (
                    ".." not in name and os.path.exists(os.path.join(tree.root, own, name)))
            else:
                good = re.fullmatch(r"[a-z_0-9]+", name) or name in PLUGIN_LIBRARIES
            if not good:
                yield path, number, f"a plugin may not include {name}"


def rule_libraries(tree):
    """POCO, Boost.DLL, yaml-cpp and libcurl stay in the files that are theirs"""
    for path in tree.under("core", "plugins"):
        for number, _, name in tree.includes(path):
            for library, start, homes in LIBRARIES:
                if re.match(start, name) and not any(fnmatch.fnmatch(path, h) for h in homes):
                    yield path, number, f"{library} is for {', '.join(homes)} only"
    homes = LIBRARIES[0][2]
    outside = [p for p in tree.under("core", "plugins") if not any(fnmatch.fnmatch(p, h) for h in homes)]
    yield from find(tree, outside, r"\bPoco::\w+|\bnamespace Poco\b", "{}: POCO types stay in its folders")


def rule_threads(tree):
    """threads are started in core/base only"""
    paths = [p for p in tree.under("core", "plugins") if not p.startswith("core/base/")]
    yield from find(tree, paths,
                    r"\bstd::j?thread\b(?!::hardware_concurrency|::id)|\bstd::async\b|\bpthread_create\b",
                    "{}: threads come from base/workers.h")


def rule_size(tree):
    """no source file of core/ and plugins/ is longer than 400 lines"""
    for path in tree.under("core", "plugins", ends=(".h", ".cpp", ".ts", ".tsx", ".cmake")):
        count = len(tree.lines(path)) - 1
        if count > MAX_LINES:
            yield path, MAX_LINES + 1, f"{count} lines: a file past {MAX_LINES} has two jobs"


def rule_sleeps(tree):
    """no unit test sleeps"""
    yield from find(tree, tree.under("tests/unit"),
                    r"\bsleep_(for|until)\b|\bu?sleep\s*\(|\bnanosleep\b",
                    "{}: wait for a condition, or move a manual clock")


def rule_headers(tree):
    """a header begins with what it is for, then #pragma once"""
    for path in tree.under("core", "plugins", "tests", ends=(".h",)):
        lines = tree.lines(path)
        if not re.match(r"// \S", lines[0]):
            yield path, 1, "the first line of a header is a // comment that says what it is for"
        if "#pragma once" not in lines:
            yield path, 1, "no #pragma once"


def rule_paths(tree):
    """no file names a folder of somebody's machine"""
    regex = re.compile(r"(?<![\w./$}~-])/(?:work|home|root|Users)/[\w.-]")
    text = (".h", ".cpp", ".cmake", ".txt", ".py", ".sh", ".mjs", ".js", ".ts", ".tsx", ".json",
            ".yaml", ".yml", ".md", ".sql", ".service", "/hub", "/run")
    for path in tree.files:
        if not ("/" + path).endswith(text) or path.startswith("tests/lint/"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            match = regex.search(line)
            if match:
                yield path, number, f"{match[0]}…: a path of one machine"


def rule_locks(tree):
    """lock files name no registry"""
    for path in tree.files:
        if os.path.basename(path) == "package-lock.json":
            for number, line in enumerate(tree.lines(path), 1):
                if '"resolved"' in line:
                    yield path, number, "write it with omit-lockfile-registry-resolved=true"


RULES = {name[5:]: function for name, function in globals().items() if name.startswith("rule_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.join(HERE, "..", ".."))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    options = parser.parse_args()
    if options.list:
        for name, function in RULES.items():
            print(name, function.__doc__, sep="\t")
        return 0
    unknown = set(options.rules) - set(RULES)
    if unknown:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}")
    tree = Tree(os.path.abspath(options.root))
    wrong = 0
    for name in options.rules or RULES:
        for path, line, what in RULES[name](tree):
            print(f"{path}:{line}: {name}: {what}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
