#include "app/first_admin.h"

#include "api/people_input.h"

#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>

namespace trusthub::app {
namespace {

/// As the API reads it, so that nobody is made here that it would not take.
Result<people::Users::New> adminOf(const NewAdmin& wanted, Ground& ground) {
    const json::Object body{{"email", wanted.email},
                            {"name", wanted.name.empty() ? wanted.email : wanted.name},
                            {"password", wanted.password.reveal()}};
    json::ObjectReader reader(body, "");
    auto person = api::readPerson(reader, true);
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (wanted.name.empty()) person.user.name = person.user.email;
    person.user.passwordHash = crypto::hashPassword(*person.password, {}, ground.random);
    person.user.roles = {{people::Role::SuperAdmin, "", std::nullopt}};
    return std::move(person.user);
}

}  // namespace

Actor hostActor(const base::HostAccount& account) {
    return {ActorKind::Host, "", "command line", "", "", "", account};
}

std::string setupLink(const std::string& publicUrl, const std::string& token) {
    return publicUrl + "/setup#token=" + token;
}

Result<SecretString> readPasswordFile(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line))
        return fail(ErrorKind::InvalidInput,
                    "The password file " + file.string() + " cannot be read.");
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return SecretString(std::move(line));
}

Result<people::User> createAdmin(Core& core, Ground& ground, const base::HostAccount& by,
                                 const NewAdmin& wanted) {
    auto admin = adminOf(wanted, ground);
    if (!admin) return admin.error();
    const bool first = core.store.read([](store::ReadTx& tx) { return !people::Users::any(tx); });
    auto made = core.store.writeAndWait<people::User>(
        first ? core.setup.createFirstAdmin(hostActor(by), *std::move(admin))
              : core.users.create(hostActor(by), *std::move(admin)));
    if (made) people::dropSetupLink(core.store.folder());
    return made;
}

Result<void> createAdminFromEnvironment(Core& core, Ground& ground) {
    const char* email = std::getenv("TRUSTHUB_ADMIN_EMAIL");
    const char* file = std::getenv("TRUSTHUB_ADMIN_PASSWORD_FILE");
    if (!email && !file) return {};
    if (core.store.read([](store::ReadTx& tx) { return people::Users::any(tx); })) return {};
    if (!email || !file)
        return fail(ErrorKind::InvalidInput,
                    "Set both TRUSTHUB_ADMIN_EMAIL and TRUSTHUB_ADMIN_PASSWORD_FILE, or neither.");
    auto password = readPasswordFile(file);
    if (!password) return password.error();
    auto user = createAdmin(core, ground, base::ownAccount(), {email, {}, *std::move(password)});
    if (!user) return user.error();
    return {};
}

}  // namespace trusthub::app
