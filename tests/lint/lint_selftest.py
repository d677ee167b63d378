#!/usr/bin/env python3
"""Plants one violation at a time in a clean tree and sees the rule that forbids it name file and line."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HUB = os.path.join(HERE, "..", "..", "hub")
HEADER = "// A header for the test.\n#pragma once\n"

CLEAN = {
    "core/base/text.h": HEADER + "#include <string>\n",
    "core/base/workers.cpp": "#include <thread>\nstatic std::jthread worker;\n",
    "core/http/server.h": HEADER + '#include <Poco/Net/Context.h>\n#include "base/text.h"\n',
    "core/http/client_driver.cpp": "#include <curl/curl.h>\n",
    "core/config/yaml.cpp": "#include <yaml-cpp/yaml.h>\n",
    "core/connectors/library.cpp": '#include <boost/dll/shared_library.hpp>\n#include "http/server.h"\n',
    "core/access/keys.h": HEADER + '#include "people/users.h"\n// Poco::Net is for http/; std::thread too.\n',
    "core/people/users.h": HEADER + '/* std::thread is only named in this\n   comment: Poco::Net */\n',
    "plugins/github/connector.cpp": '#include "client.h"\n#include "sdk/plugin.h"\n#include <toml++/toml.h>\n',
    "plugins/github/client.h": HEADER + "#include <string>\n",
    "tests/unit/base/text_test.cpp": '#include "base/text.h"\nconst char* kText = "sleep(1)";\n',
    "tests/node/package-lock.json": '{"lockfileVersion": 3}\n',
    "docs/start.md": "See https://example.test/work/now and $HOME/work/x.\n",
}

# rule, file, its text, the line to be named
PLANTED = [
    ("floors", "core/base/ids.h", HEADER + '#include "store/tx.h"\n', 3),
    ("floors", "core/store/tx.h", HEADER + '\n#include "http/server.h"\n', 4),
    ("floors", "core/audit/chain.h", HEADER + '#include "access/keys.h"\n', 3),
    ("floors", "core/sdk/json.h", HEADER + '#include "base/text.h"\n', 3),
    ("floors", "core/attic/old.h", HEADER, 1),
    ("floors", "core/base/random.cpp", '#include "unknown/thing.h"\n', 1),
    ("plugins", "plugins/github/mapping.cpp", '#include "base/text.h"\n', 1),
    ("plugins", "plugins/github/mapping.cpp", '#include "../gitlab/client.h"\n', 1),
    ("plugins", "plugins/github/mapping.cpp", "#include <string>\n#include <curl/curl.h>\n", 2),
    ("plugins", "plugins/github/mapping.cpp", "#include <unistd.h>\n", 1),
    ("libraries", "core/events/emit.cpp", "#include <Poco/UUID.h>\n", 1),
    ("libraries", "core/events/emit.h", HEADER + "namespace Poco { class Logger; }\n", 3),
    ("libraries", "core/events/emit.cpp", "int a;\nPoco::UUID id;\n", 2),
    ("libraries", "core/connectors/loader.cpp", "#include <boost/dll.hpp>\n", 1),
    ("libraries", "core/config/schema.cpp", "#include <yaml-cpp/yaml.h>\n", 1),
    ("libraries", "core/http/client.h", HEADER + "#include <curl/curl.h>\n", 3),
    ("threads", "core/store/writer.cpp", "\nstatic std::thread writer;\n", 2),
    ("threads", "core/store/writer.cpp", "/* a\n */ static std::jthread writer;\n", 2),
    ("threads", "plugins/github/client.cpp", "auto later = std::async(f);\n", 1),
    ("size", "core/base/long.cpp", "int line();\n" * 401, 401),
    ("sleeps", "tests/unit/base/wait_test.cpp", "\nstd::this_thread::sleep_for(1s);\n", 2),
    ("sleeps", "tests/unit/base/wait_test.cpp", "void f() { usleep(5); }\n", 1),
    ("headers", "core/base/fd.h", "#pragma once\n", 1),
    ("headers", "tests/unit/support.h", "// Helps tests.\n#ifndef A\n#define A\n#endif\n", 1),
    ("paths", "docs/guide.md", "Start it:\n\n    cd /home/anna/hub\n", 3),
    ("paths", "core/cmake/x.cmake", 'set(a "/' + 'work/main/b")\n', 1),
    ("locks", "tests/e2e/package-lock.json", '{\n"resolved": "https://registry.example/x.tgz"}\n', 2),
]


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def lint(root, *rules):
    done = subprocess.run([sys.executable, os.path.join(HERE, "lint.py"), "--root", root, *rules],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def planted_format(root):
    """`./hub fmt --check` on a file that is not in the project's format."""
    shutil.copy(HUB, root)
    shutil.copy(os.path.join(os.path.dirname(HUB), ".clang-format"), root)
    write(root, "core/base/crooked.cpp", "int   main( ){return 0 ;}\n")
    done = subprocess.run([os.path.join(root, "hub"), "fmt", "--check"], capture_output=True,
                          text=True, check=False)
    return done.returncode != 0 and "core/base/crooked.cpp:1:" in done.stdout + done.stderr


def main():
    wrong = 0
    listed = subprocess.run([sys.executable, os.path.join(HERE, "lint.py"), "--list"],
                            capture_output=True, text=True, check=True).stdout
    untested = {line.split("\t")[0] for line in listed.splitlines()} - {p[0] for p in PLANTED}
    if untested:
        print("no violation is planted for", ", ".join(sorted(untested)))
        wrong += 1
    with tempfile.TemporaryDirectory() as root:
        for path, text in CLEAN.items():
            write(root, path, text)
        code, output = lint(root)
        if code != 0:
            print("the clean tree is refused:", output, sep="\n")
            wrong += 1
        for rule, path, text, line in PLANTED:
            write(root, path, text)
            code, output = lint(root, rule)
            if code != 1 or f"{path}:{line}: {rule}: " not in output:
                print(f"{rule} does not see {path}:{line}, exit code {code}: {output}")
                wrong += 1
            os.remove(os.path.join(root, path))
        if not planted_format(root):
            print("fmt --check does not see a crooked file")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
