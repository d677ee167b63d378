#include "app/api_keys_command.h"

#include "api/key_body.h"
#include "app/key_import.h"
#include "app/key_table.h"
#include "app/list_bounds.h"
#include "app/with_core.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <functional>
#include <iterator>

namespace trusthub::app {
namespace {

constexpr const char* kImportHelp =
    "Take over keys that were made elsewhere. FILE (or - for standard input) holds one JSON object "
    "a line:\n"
    "  "
    "{\"key\":\"tos_a1b2c3d4_...\",\"name\":\"ci\",\"scope\":\"project\",\"project_id\":\"...\"}\n"
    "with the members of POST /v1/api-keys beside `key`, and `owner`, the e-mail address of the "
    "user whose rights bound the key (or --owner for all). Of a key's text only an HMAC is kept. "
    "Nothing is imported while a line does not fit or is refused: each is named, and exit is 1. A "
    "file holds 10,000 keys at most; split a longer one.";

/// Shared by the callbacks; CLI11 copies them.
struct State {
    HostBench bench;
    std::string owner, name, scope, team, project, type, serviceAccount, expiresAt, key, file,
        lines;
    std::vector<std::string> permissions, addresses;
    int days = 0;
    bool canary = false, all = false, json = false;
};

/// The host may do what a super_admin may.
access::Principal host(const HostPlace& at) {
    people::User user;
    user.roles = {{people::Role::SuperAdmin, "", std::nullopt}};
    return access::Principal::onHost(std::move(user), at.account);
}

json::Object bodyOf(const State& state) {
    json::Object body{{"name", state.name}, {"scope", state.scope}};
    const auto add = [&](const char* member, const std::string& text) {
        if (!text.empty()) body[member] = text;
    };
    add("team_id", state.team);
    add("project_id", state.project);
    add("type", state.type);
    add("expires_at", state.expiresAt);
    add("service_account_id", state.serviceAccount);
    if (!state.permissions.empty())
        body["permissions"] = json::Array(state.permissions.begin(), state.permissions.end());
    if (!state.addresses.empty())
        body["allowed_ips"] = json::Array(state.addresses.begin(), state.addresses.end());
    if (state.days != 0) body["expires_in_days"] = state.days;
    if (state.canary) body["canary"] = true;
    return body;
}

int create(const State& state, const HostPlace& at) {
    const TimePoint now = at.ground.clock.now();
    auto issuer = issuerOf(at, state.owner);
    if (!issuer) return failed(issuer.error(), state.bench.err);
    const json::Object body = bodyOf(state);
    json::ObjectReader reader(body, "");
    auto wanted = api::readNewKey(reader, now);
    if (auto fits = reader.finish(); !fits) return failed(fits.error(), state.bench.err);
    auto issued = at.core.store.writeAndWait<access::IssuedKey>(
        at.core.keys.issue(*issuer, std::move(wanted)));
    if (!issued) return failed(issued.error(), state.bench.err);
    if (state.json) {
        json::Object shown = toJson(issued->key, now);
        shown["raw_key"] = issued->raw.reveal();
        shown["warnings"] = toJson(issued->warnings);
        state.bench.out << json::serialize(shown) << "\n";
    } else {
        state.bench.out << issued->raw.reveal() << "\n";
        state.bench.err << "The key is shown this once.\n";
        for (const auto& warning : issued->warnings)
            state.bench.err << "warning: " << warning.text << "\n";
    }
    return 0;
}

/// Newest first, until `use` wants no more or kListRows have been; answers whether there are more.
bool eachKey(const State& state, const HostPlace& at, const std::function<bool(KeyRow)>& use) {
    access::KeyFilter filter;
    filter.includeRevoked = state.all;
    const TimePoint now = at.ground.clock.now();
    const auto by = host(at);
    std::size_t rows = 0;
    for (std::string after;;) {
        auto page = at.core.store.read([&](store::ReadTx& tx) {
            std::vector<KeyRow> found;
            for (auto& key : access::ApiKeys::list(tx, by, filter, after, kListPage)) {
                const auto standing = access::standing(tx, key, now);
                found.push_back({std::move(key), standing});
            }
            return found;
        });
        if (!page.empty()) after = page.back().key.view.id.text;
        for (auto& row : page)
            if (rows++ == kListRows || !use(std::move(row))) return true;
        if (page.size() < kListPage) return false;
    }
}

int list(const State& state, const HostPlace& at) {
    std::ostream& out = state.bench.out;
    bool more = false;
    if (state.json) {
        const TimePoint now = at.ground.clock.now();
        std::size_t bytes = 0;
        more = eachKey(state, at, [&](const KeyRow& row) {
            json::Object shown = toJson(row.key, now);
            shown["effective_status"] = row.standing;
            const std::string text = json::serialize(shown);
            if (bytes + text.size() > kListBytes) return false;
            out << (bytes == 0 ? "[" : ",") << text;
            bytes += text.size() + 1;
            return true;
        });
        out << (bytes == 0 ? "[]" : "]") << "\n";
    } else {
        std::vector<KeyRow> rows;
        more = eachKey(state, at, [&](KeyRow row) {
            rows.push_back(std::move(row));
            return true;
        });
        out << keyTable(rows);
    }
    if (more)
        state.bench.err
            << "There are more keys: these are the newest. GET /v1/api-keys reads all of"
               " them, page by page.\n";
    return 0;
}

int revoke(const State& state, const HostPlace& at) {
    const auto key = at.core.store.read([&](store::ReadTx& tx) {
        auto found = access::ApiKeys::find(tx, ApiKeyId(state.key));
        return found ? found : access::ApiKeys::findByPrefix(tx, state.key);
    });
    if (!key)
        return failed(fail(ErrorKind::NotFound, "There is no key with this id or prefix."),
                      state.bench.err);
    auto revoked = at.core.store.writeAndWait<void>(at.core.keys.revoke(host(at), *key));
    if (!revoked) return failed(revoked.error(), state.bench.err);
    if (state.json)
        state.bench.out << json::serialize(
                               json::Object{{"id", key->view.id.text}, {"status", "revoked"}})
                        << "\n";
    else
        state.bench.out << key->view.prefix << " is revoked.\n";
    return 0;
}

int import(const State& state, const HostPlace& at) {
    const auto done = importKeys(at, state.lines, state.owner);
    if (!done) return failed(done.error(), state.bench.err);
    for (const auto& [line, warning] : done->warnings)
        state.bench.err << "line " << line << ": warning: " << warning << "\n";
    json::Array refused;
    for (const auto& [line, reason] : done->refused) {
        state.bench.err << "line " << line << ": " << reason << "\n";
        refused.push_back({{"line", line}, {"reason", reason}});
    }
    const bool clean = refused.empty();
    if (!clean) state.bench.err << "trusthub: Nothing was imported.\n";
    if (state.json)
        state.bench.out << json::serialize(json::Object{{"imported", done->imported},
                                                        {"refused", std::move(refused)}})
                        << "\n";
    else
        state.bench.out << done->imported << " imported, " << done->refused.size() << " refused.\n";
    return clean ? 0 : 1;
}

/// What is to be imported, as bytes: the hub reads no file of the caller's.
Result<std::string> readLines(const State& state) {
    std::ifstream file;
    if (state.file != "-") file.open(state.file);
    if (!file) return fail(ErrorKind::InvalidInput, "The file cannot be read.");
    std::istream& in = state.file == "-" ? state.bench.in : file;
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.size() > HostCommand::kLongestInput)
        return fail(ErrorKind::InvalidInput, "The file has more than 64 MiB; import it in parts.");
    return text;
}

}  // namespace

void addApiKeysCommand(CLI::App& app, const HostBench& bench, int& exitCode) {
    const auto state =
        std::make_shared<State>(State{bench, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}});
    CLI::App* group = app.add_subcommand("api-keys", "Credentials of machines");
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* help,
                         int (*run)(const State&, const HostPlace&)) {
        CLI::App* sub = group->add_subcommand(name, help);
        bench.addCommonOptions(*sub);
        sub->add_flag("--json", state->json, "Print JSON");
        sub->callback([state, run, sub, &exitCode] {
            const HostBench& at = state->bench;
            HostCommand command{wordsOf(*sub, {"file"}), ""};
            const bool reads = !state->file.empty();
            if (reads) {
                auto lines = readLines(*state);
                if (!lines) {
                    exitCode = failed(lines.error(), at.err);
                    return;
                }
                state->lines = *std::move(lines);
                command.input = state->lines;
                command.words.emplace_back("-");
            }
            exitCode = at.run(command, [&](const HostPlace& place) { return run(*state, place); });
            if (exitCode == 0 && reads && state->file != "-")
                at.err << "Remove the file: it holds keys in the clear.\n";
        });
        return sub;
    };
    CLI::App* made = add("create", "Issue a key; it is printed once", create);
    made->add_option("--owner", state->owner, "E-mail address of the user whose rights bound it")
        ->required();
    made->add_option("--name", state->name, "What it is for")->required();
    made->add_option("--scope", state->scope, "org, team or project")->required();
    made->add_option("--team", state->team, "Id of the team, for scope team");
    made->add_option("--project", state->project, "Id of the project, for scope project");
    made->add_option("--type", state->type, "read_only, read_write, admin or webhook");
    made->add_option("--permission", state->permissions, "As scans:trigger; may be repeated");
    made->add_option("--allowed-ip", state->addresses, "Address or network; may be repeated");
    made->add_option("--expires-in-days", state->days, "30, 90, 180, 365 …");
    made->add_option("--expires-at", state->expiresAt, "RFC 3339 time");
    made->add_option("--service-account", state->serviceAccount, "Id of one that is to own it");
    made->add_flag("--canary", state->canary, "A decoy: grants nothing, its use raises an event");
    add("list", "One line a key, with its owner and how it stands; the newest 10,000", list)
        ->add_flag("--all", state->all, "Revoked ones too");
    add("revoke", "Revoke a key; none of its requests passes any more", revoke)
        ->add_option("key", state->key, "Its id or prefix")
        ->required();
    CLI::App* taken = add("import", kImportHelp, import);
    taken->add_option("file", state->file, "The file, or -")->required();
    taken->add_option("--owner", state->owner, "E-mail address, for lines without one");
}

}  // namespace trusthub::app
