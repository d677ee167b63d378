#include "app/host_commands.h"

#include "app/api_keys_command.h"
#include "app/first_admin.h"
#include "app/part_configs.h"
#include "app/refuse_line.h"
#include "app/users_command.h"
#include "app/with_core.h"
#include "base/text.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <sstream>

namespace trusthub::app {
namespace {

int newSetupLink(const HostPlace& at, bool asJson, std::ostream& out, std::ostream& err) {
    auto token = at.core.store.writeAndWait<std::string>(at.core.setup.issueToken());
    if (!token) return failed(token.error(), err);
    const std::string link = setupLink(at.url, *token);
    // The file is what README and scripts read; an old link in it would lead nowhere.
    if (auto written = store::writeDurably(at.config.data / people::kSetupLinkFile, link + "\n");
        !written)
        return failed(written.error(), err);
    if (asJson)
        out << json::serialize(json::Object{{"setup_link", link}}) << "\n";
    else
        out << link << "\n";
    return 0;
}

}  // namespace

void addHostCommands(CLI::App& app, const HostBench& bench, int& exitCode) {
    CLI::App* link =
        app.add_subcommand("setup-link", "Print a new set-up link, while there is no user yet");
    bench.addCommonOptions(*link);
    const auto json = std::make_shared<bool>(false);
    link->add_flag("--json", *json, "Print JSON");
    link->callback([bench, link, json, &exitCode] {
        exitCode = bench.run({wordsOf(*link, {"--listen"}), ""}, [&](const HostPlace& at) {
            return newSetupLink(at, *json, bench.out, bench.err);
        });
    });
    addUsersCommand(app, bench, exitCode);
    addApiKeysCommand(app, bench, exitCode);
}

std::vector<std::string> wordsOf(const CLI::App& sub,
                                 const std::vector<std::string_view>& without) {
    std::vector<std::string> words;
    for (const CLI::App* each = &sub; each && each->get_parent(); each = each->get_parent())
        words.insert(words.begin(), each->get_name());
    std::vector<std::string> places;
    for (const CLI::Option* option : sub.get_options()) {
        const std::string name = option->get_name();
        if (option->count() == 0 || name == "--config" || name == "--data" ||
            std::ranges::find(without, name) != without.end())
            continue;
        const auto& results = option->results();
        if (option->get_positional())
            places.insert(places.end(), results.begin(), results.end());
        else if (option->get_expected_max() == 0)
            words.push_back(name);
        else
            for (const std::string& value : results)
                if (!value.empty()) words.push_back(name + "=" + value);  // as if it were not there
    }
    // Whatever a value begins with, it is one.
    if (!places.empty()) words.emplace_back("--");
    words.insert(words.end(), places.begin(), places.end());
    return words;
}

int runOnHost(const config::HubConfig& config, const HostCommand& command, const HostWork& work,
              std::ostream& out, std::ostream& err) {
    // What the hub keeps it answers as JSON, which holds UTF-8 only.
    for (const std::string& word : command.words)
        if (!base::isUtf8(word)) {
            failed(fail(ErrorKind::InvalidInput,
                        (word.starts_with("--") ? word.substr(0, word.find('='))
                                                : std::string("Each word")) +
                            " must be UTF-8 text."),
                   err);
            return 2;
        }
    try {
        if (const auto answer = askHub(config.data / kAdminSocket, command)) {
            out << answer->out << std::flush;
            err << answer->err << std::flush;
            return answer->exit;
        }
        return withCore(config, Beside::Nobody, [&](Ground& ground, Core& core) {
            return work(
                {config, ground, core, publicUrlOf(config, config.listenPort), base::ownAccount()});
        });
    } catch (const std::exception& exception) {
        err << "trusthub: " << exception.what() << "\n";
        return 1;
    }
}

HostAnswer runInHub(const HostCommand& command, const HostPlace& place) {
    std::istringstream in(command.input);
    std::ostringstream out, err;
    HostAnswer answer;
    CLI::App app{"trusthub"};
    app.require_subcommand(1);
    try {
        addHostCommands(app,
                        {[&place](const HostCommand&, const HostWork& work) { return work(place); },
                         [](CLI::App&) {}, in, out, err, true},
                        answer.exit);
        std::vector<std::string> words(command.words.rbegin(), command.words.rend());
        app.parse(words);
    } catch (const CLI::ParseError& error) {
        answer.exit = refuseLine(app, error, out, err);
    } catch (const std::exception& exception) {
        err << "trusthub: " << exception.what() << "\n";
        answer.exit = 1;
    }
    answer.out = out.str();
    answer.err = err.str();
    return answer;
}

}  // namespace trusthub::app
