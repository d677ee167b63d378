#include "crypto/master_key.h"

#include "base/text.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace trusthub;
namespace fs = std::filesystem;

namespace {

fs::path write(const test::TempFolder& folder, std::string_view text,
               fs::perms mode = fs::perms::owner_read) {
    const fs::path file = folder.path / "master.key";
    fs::remove(file);
    std::ofstream(file) << text;
    fs::permissions(file, mode);
    return file;
}

ErrorKind refusal(const fs::path& file) {
    const auto loaded = crypto::MasterKey::load(file);
    REQUIRE_FALSE(loaded);
    return loaded.error().kind;
}

const std::string kKey = base::toBase64(std::string(32, 'k'));

}  // namespace

TEST_CASE("a new master key file is private, complete and opens what it wrapped") {
    test::TempFolder folder;
    base::SystemRandom random;
    const fs::path file = folder.path / "master.key";
    const auto made = crypto::MasterKey::create(file, random);
    REQUIRE(made);
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);

    const auto loaded = crypto::MasterKey::load(file);
    REQUIRE(loaded);
    CHECK(loaded->currentVersion() == 1);
    const std::string wrapped = made->wrap(SecretString("data key"), "team/purpose", random);
    CHECK(loaded->unwrap(1, wrapped, "team/purpose")->reveal() == "data key");
    CHECK_FALSE(loaded->unwrap(1, wrapped, "team/other"));
    CHECK_FALSE(loaded->unwrap(2, wrapped, "team/purpose"));
}

TEST_CASE("a master key file that is there is never replaced by a new one") {
    test::TempFolder folder;
    base::SystemRandom random;
    const fs::path file =
        write(folder, "7:" + kKey + "\n", fs::perms::owner_read | fs::perms::owner_write);
    const auto made = crypto::MasterKey::create(file, random);
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::Conflict);
    CHECK(crypto::MasterKey::load(file)->currentVersion() == 7);
    CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a master key that anybody else may read or write is refused") {
    test::TempFolder folder;
    for (const auto mode : {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write,
                            fs::perms::others_exec}) {
        const fs::path file = write(folder, "1:" + kKey + "\n", fs::perms::owner_read | mode);
        CHECK(refusal(file) == ErrorKind::Forbidden);
    }
    CHECK(crypto::MasterKey::load(write(folder, "1:" + kKey + "\n")).has_value());
}

TEST_CASE("rotation adds a version that wraps, and the old ones still unwrap") {
    test::TempFolder folder;
    base::SystemRandom random;
    const fs::path file = folder.path / "master.key";
    const auto first = crypto::MasterKey::create(file, random);
    const std::string old = first->wrap(SecretString("a"), "", random);
    const auto second = crypto::MasterKey::rotate(file, random);
    REQUIRE(second);
    CHECK(second->currentVersion() == 2);
    const std::string fresh = second->wrap(SecretString("b"), "", random);
    const auto loaded = crypto::MasterKey::load(file);
    REQUIRE(loaded);
    CHECK(loaded->unwrap(1, old, "")->reveal() == "a");
    CHECK(loaded->unwrap(2, fresh, "")->reveal() == "b");
    CHECK_FALSE(loaded->unwrap(1, fresh, ""));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("comments and empty lines are skipped, versions may come in any order") {
    test::TempFolder folder;
    const auto loaded = crypto::MasterKey::load(
        write(folder, "# from the vault\n\n 3:" + kKey + "\r\n1:" + kKey + "\n"));
    REQUIRE(loaded);
    CHECK(loaded->currentVersion() == 3);
}

TEST_CASE("a file that is no master key is refused by line, without showing it") {
    test::TempFolder folder;
    for (const std::string& text :
         {std::string(), std::string("# none\n"), "x:" + kKey, "0:" + kKey, "4294967296:" + kKey,
          "-1:" + kKey, std::string("1"), std::string("1:"), std::string("1:c2hvcnQ="),
          "1:" + kKey + "x", "1:" + kKey + "\n1:" + kKey, std::string(100'000, '#')}) {
        const auto loaded = crypto::MasterKey::load(write(folder, text));
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().kind == ErrorKind::InvalidInput);
        CHECK(loaded.error().detail.find("c2hvcnQ") == std::string::npos);
    }
    const auto second = crypto::MasterKey::load(write(folder, "1:" + kKey + "\nbroken\n"));
    REQUIRE_FALSE(second);
    CHECK(second.error().detail.find("master.key:2: ") != std::string::npos);
}

TEST_CASE("a missing file is not found, a folder or pipe is refused without waiting") {
    test::TempFolder folder;
    CHECK(refusal(folder.path / "none") == ErrorKind::NotFound);
    CHECK(refusal(folder.path) == ErrorKind::Forbidden);
    const fs::path pipe = folder.path / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(refusal(pipe) == ErrorKind::Forbidden);
}
