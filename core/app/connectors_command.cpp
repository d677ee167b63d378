#include "app/connectors_command.h"

#include "connectors/discovery.h"
#include "connectors/lint.h"
#include "connectors/show.h"
#include "connectors/trust.h"
#include "sdk/json.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace trusthub::app {
namespace {

namespace fs = std::filesystem;

/// Shared by the callbacks; CLI11 copies them.
struct State {
    ConnectorsCommand command;
    int& exitCode;
    ConnectorsCommand::Folders folders;
    std::string id;
    std::string path;
    bool json = false;

    fs::path trustFile() const { return folders.data / connectors::kTrustFileName; }

    std::vector<connectors::Found> found() const {
        std::vector<connectors::Found> all;
        for (auto& one : connectors::discover(folders.plugins, trustFile()))
            all.push_back(std::move(one.found));
        return all;
    }

    void refuse(const std::string& reason) const {
        command.err << reason << "\n";
        exitCode = 1;
    }

    /// Calls `use` with the connector that was asked for.
    template <class F>
    void withConnector(F&& use) const {
        const auto all = found();
        if (const auto* one = connectors::findConnector(all, id)) return use(*one);
        std::string known;
        for (const auto& one : all) known += (known.empty() ? "" : ", ") + connectors::idOf(one);
        refuse("there is no connector `" + id + "` in " + folders.plugins.string() +
               (known.empty() ? "" : "; known: " + known));
    }
};

void list(const State& state) {
    const auto all = state.found();
    state.command.out << (state.json ? connectors::listJson(all) : connectors::listText(all));
    for (const auto& one : all)
        if (!one.refusal.empty()) state.exitCode = 1;
}

void show(const State& state) {
    state.withConnector([&](const connectors::Found& one) {
        state.command.out << (state.json ? connectors::showJson(one) : connectors::showText(one));
    });
}

void doc(const State& state) {
    state.withConnector([&](const connectors::Found& one) {
        if (!one.descriptor) return state.refuse(one.refusal);
        const std::string page = connectors::docMarkdown(*one.descriptor);
        if (!state.json) {
            state.command.out << page;
            return;
        }
        sdk::JsonWriter json;
        json.beginObject().member("id", one.descriptor->id).member("markdown", page).endObject();
        state.command.out << json.text() << "\n";
    });
}

void lint(const State& state) {
    const auto result = connectors::lint(state.path, state.trustFile());
    auto& stream = result.clean() || state.json ? state.command.out : state.command.err;
    stream << (state.json ? connectors::lintJson(result) : connectors::lintText(result));
    if (!result.clean()) state.exitCode = 1;
}

void trust(const State& state) {
    if (!connectors::isConnectorId(state.id))
        return state.refuse("`" + state.id + "` is not the id of a connector");
    // The library is not loaded for this: it may be the one that is refused.
    const fs::path yaml = state.folders.plugins / (state.id + ".yaml");
    const auto read = connectors::readDescriptor(yaml);
    if (!read.descriptor) return state.refuse(read.problems.front().text());
    const fs::path library = yaml.parent_path() / read.descriptor->library;
    auto digest = connectors::trust(state.id, library, state.trustFile());
    if (!digest) return state.refuse(std::string(digest.error().text()));
    if (state.json) {
        sdk::JsonWriter json;
        json.beginObject().member("id", state.id).member("sha256", *digest).endObject();
        state.command.out << json.text() << "\n";
    } else {
        state.command.out << library.string() << " is trusted with SHA-256 " << *digest << "\n";
    }
}

}  // namespace

void addConnectorsCommand(CLI::App& app, ConnectorsCommand command, int& exitCode) {
    const auto state =
        std::make_shared<State>(State{std::move(command), exitCode, {}, {}, {}, false});
    CLI::App* group = app.add_subcommand("connectors", "What connectors there are");
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, void (*run)(const State&)) {
        CLI::App* sub = group->add_subcommand(name, help);
        state->command.addCommonOptions(*sub);
        sub->add_flag("--json", state->json, "Print JSON");
        sub->callback([state, run] {
            auto folders = state->command.folders();
            if (!folders) {
                state->exitCode = 2;
                return;
            }
            state->folders = *std::move(folders);
            run(*state);
        });
        return sub;
    };
    add("list", "One line a connector; exit 1 when one is refused", list);
    add("show", "All about one connector", show)->add_option("id", state->id, "Its id")->required();
    add("doc", "The reference page of one connector, in Markdown", doc)
        ->add_option("id", state->id, "Its id")
        ->required();
    add("lint", "Check a plugin.yaml, a connector's folder or a library; exit 1 on problems", lint)
        ->add_option("path", state->path, "What to check")
        ->required();
    add("trust", "Record the library of a connector as the one that may be loaded", trust)
        ->add_option("id", state->id, "Its id")
        ->required();
}

}  // namespace trusthub::app
