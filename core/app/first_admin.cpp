#include "app/first_admin.h"

#include "people/password_rules.h"

#include <cstdlib>
#include <fstream>

namespace trusthub::app {
namespace {

constexpr std::size_t kLongestName = 200;

}  // namespace

Actor hostActor(const base::HostAccount& account) {
    return {ActorKind::Host, "", "command line", "", "", "", account};
}

Result<void> checkPassword(const SecretString& password) {
    if (password.size() >= people::kPasswordMin && password.size() <= people::kPasswordMax)
        return {};
    return fail(ErrorKind::InvalidInput, "The password needs 12 to 1024 bytes.");
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
    const auto address = people::normaliseEmail(wanted.email);
    if (!address) return fail(ErrorKind::InvalidInput, "The e-mail address is none.");
    if (auto fits = checkPassword(wanted.password); !fits) return fits.error();
    if (wanted.name.size() > kLongestName)
        return fail(ErrorKind::InvalidInput, "The name has at most 200 bytes.");
    people::Users::New admin;
    admin.email = *address;
    admin.name = wanted.name.empty() ? *address : wanted.name;
    admin.passwordHash = crypto::hashPassword(wanted.password, {}, ground.random);
    admin.roles = {{people::Role::SuperAdmin, "", std::nullopt}};
    const bool first = core.store.read([](store::ReadTx& tx) { return !people::Users::any(tx); });
    if (first)
        return core.store.writeAndWait<people::User>(
            core.setup.createFirstAdmin(hostActor(by), admin));
    return core.store.writeAndWait<people::User>(core.users.create(hostActor(by), admin));
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
