#include "app/users_command.h"

#include "app/first_admin.h"
#include "app/list_bounds.h"
#include "app/with_core.h"
#include "base/text.h"
#include "people/password_rules.h"
#include "sdk/json.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <vector>

namespace trusthub::app {
namespace {

struct State {
    HostBench command;
    std::string email, name;
    std::filesystem::path passwordFile;
    SecretString password;
    bool removeTotp = false;
    bool json = false;

    Result<SecretString> readPassword() const {
        if (!passwordFile.empty()) return readPasswordFile(passwordFile);
        if (!command.inHub) command.err << "Password (12 characters or more): " << std::flush;
        std::string line;
        std::getline(command.in, line);
        return SecretString(std::move(line));
    }
};

struct Listed {
    people::User user;
    bool totp = false;
};

std::string jsonOf(const Listed& listed) {
    const people::User& user = listed.user;
    sdk::JsonWriter writer;
    writer.beginObject()
        .member("id", user.id.text)
        .member("email", user.email)
        .member("name", user.name)
        .member("status", user.status)
        .member("totp", listed.totp);
    writer.key("roles").beginArray();
    for (const auto& grant : user.roles) {
        writer.beginObject().member("role", people::text(grant.role));
        if (!grant.teamId.empty()) writer.member("team_id", grant.teamId);
        if (grant.expiresAt) writer.member("expires_at", formatTime(*grant.expiresAt));
        writer.endObject();
    }
    writer.endArray();
    if (user.lastSignInAt) writer.member("last_sign_in_at", formatTime(*user.lastSignInAt));
    writer.endObject();
    return std::move(writer).text();
}

std::string rolesText(const people::User& user) {
    std::string text;
    for (const auto& grant : user.roles) {
        if (!text.empty()) text += ", ";
        text += people::text(grant.role);
        if (!grant.teamId.empty()) text += " of team " + grant.teamId;
        if (grant.expiresAt) text += " until " + formatTime(*grant.expiresAt);
    }
    return text.empty() ? "no role" : text;
}

void sayDone(const State& state, const people::User& user, std::string_view what) {
    if (state.json) {
        sdk::JsonWriter writer;
        writer.beginObject().member("id", user.id.text).member("email", user.email).endObject();
        state.command.out << writer.text() << "\n";
    } else {
        state.command.out << user.email << what << "\n";
    }
}

Result<void> createAdminUser(const State& state, const HostPlace& at) {
    auto user =
        createAdmin(at.core, at.ground, at.account, {state.email, state.name, state.password});
    if (!user) return user.error();
    sayDone(state, *user, " is a super_admin now.");
    return {};
}

Result<void> reset(const State& state, const HostPlace& at) {
    const auto email = people::normaliseEmail(state.email);
    if (!email) return fail(ErrorKind::InvalidInput, "The e-mail address is none.");
    const auto name = at.core.store.read([&](store::ReadTx& tx) -> std::optional<std::string> {
        const auto id = people::Users::idByEmail(tx, *email);
        const auto user = id ? people::Users::find(tx, *id, at.ground.clock.now()) : std::nullopt;
        return user ? std::optional(user->name) : std::nullopt;
    });
    if (const auto fault = people::faultOf(state.password, *email, name.value_or("")))
        return invalid("/password", *fault);
    auto user = at.core.store.writeAndWait<people::User>(at.core.localSignIn.reset(
        hostActor(at.account), *email, at.core.localSignIn.hash(state.password), state.removeTotp));
    if (!user) return user.error();
    sayDone(state, *user,
            state.removeTotp ? " has a new password; sessions and one-time codes have ended."
                             : " has a new password; sessions have ended.");
    if (user->status != "active")
        state.command.err << "The account is disabled; a super_admin can enable it.\n";
    return {};
}

/// In the order in which they were added, until `use` wants no more or kListRows have been; answers
/// whether there are more.
bool eachUser(const HostPlace& at, const std::function<bool(const Listed&)>& use) {
    std::size_t rows = 0;
    for (std::string after;;) {
        const auto page = at.core.store.read([&](store::ReadTx& tx) {
            std::vector<Listed> found;
            for (auto& user : people::Users::list(tx, people::kPerson, after, kListPage,
                                                  at.ground.clock.now())) {
                const bool totp = people::Totp::enabled(tx, user.id);
                found.push_back({std::move(user), totp});
            }
            return found;
        });
        for (const auto& listed : page)
            if (rows++ == kListRows || !use(listed)) return true;
        if (page.size() < kListPage) return false;
        after = page.back().user.id.text;
    }
}

Result<void> list(const State& state, const HostPlace& at) {
    std::ostream& out = state.command.out;
    std::size_t bytes = 0;
    const bool more = eachUser(at, [&](const Listed& listed) {
        const people::User& user = listed.user;
        const std::string text = state.json ? jsonOf(listed)
                                            : base::oneLine(user.email) + "  " + user.status +
                                                  "  " + rolesText(user) +
                                                  (listed.totp ? "  one-time codes" : "") + "\n";
        if (bytes + text.size() > kListBytes) return false;
        if (state.json) out << (bytes == 0 ? "[" : ",");
        out << text;
        bytes += text.size() + 1;
        return true;
    });
    if (state.json) out << (bytes == 0 ? "[]" : "]") << "\n";
    if (more)
        state.command.err << "There are more people: these were added first. GET /v1/users reads"
                             " all of them, page by page.\n";
    return {};
}

}  // namespace

void addUsersCommand(CLI::App& app, const HostBench& bench, int& exitCode) {
    const auto state = std::make_shared<State>(State{bench, {}, {}, {}, {}, false, false});
    CLI::App* users = app.add_subcommand("users", "People who sign in");
    users->require_subcommand(1);
    const auto add = [&](const char* name, const char* help,
                         Result<void> (*run)(const State&, const HostPlace&), bool asksPassword) {
        CLI::App* sub = users->add_subcommand(name, help);
        bench.addCommonOptions(*sub);
        sub->add_flag("--json", state->json, "Print JSON");
        if (asksPassword) {
            sub->add_option("--email", state->email, "E-mail address")->required();
            sub->add_option("--password-file", state->passwordFile,
                            "First line is the password; else it is asked for");
        }
        sub->callback([state, run, sub, asksPassword, &exitCode] {
            HostCommand command{wordsOf(*sub, {"--password-file"}), ""};
            if (asksPassword) {
                auto password = state->readPassword();
                if (!password) {
                    exitCode = failed(password.error(), state->command.err);
                    return;
                }
                state->password = *std::move(password);
                command.input = std::string(state->password.reveal()) + "\n";
            }
            exitCode = state->command.run(command, [&](const HostPlace& at) {
                const auto done = run(*state, at);
                return done ? 0 : failed(done.error(), state->command.err);
            });
        });
        return sub;
    };
    add("create-admin", "Make a super_admin on the host", createAdminUser, true)
        ->add_option("--name", state->name, "As others see them; else the e-mail address");
    add("reset", "Give a person a new password and end their sessions", reset, true)
        ->add_flag("--totp", state->removeTotp, "Take one-time codes off too");
    add("list", "One line a person; the first 10,000", list, false);
}

}  // namespace trusthub::app
