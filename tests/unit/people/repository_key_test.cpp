#include "people/projects.h"

#include <catch2/catch.hpp>

using trusthub::people::repositoryKey;

TEST_CASE("every spelling of a repository's URL has the same key") {
    for (const char* url : {"https://github.com/Acme/App", "https://github.com/acme/app.git",
                            "https://github.com/acme/app.git/", "https://GitHub.com//acme/app",
                            "http://github.com/acme/app", "git@github.com:acme/app.git",
                            "ssh://git@github.com/acme/app.git", "ssh://git@github.com:22/acme/app",
                            "git://github.com/acme/app.git", "https://user@github.com/acme/app",
                            "https://github.com/acme/%61pp"}) {
        CAPTURE(url);
        CHECK(repositoryKey(url) == "github.com/acme/app");
    }
}

TEST_CASE("other repositories have other keys, and what is none has no key") {
    CHECK(repositoryKey("https://github.com/acme/app2") !=
          repositoryKey("https://github.com/acme/app"));
    CHECK(repositoryKey("https://evil.example/github.com/acme/app") != "github.com/acme/app");
    CHECK(repositoryKey("file:///srv/git/App.git") == "/srv/git/App");
    CHECK(repositoryKey("/srv/git/App") == "/srv/git/App");
    for (const char* url :
         {"", "acme/app", "ext::sh -c id", "javascript://x/y", "https://github.com"}) {
        CAPTURE(url);
        CHECK(repositoryKey(url).empty());
    }
}
