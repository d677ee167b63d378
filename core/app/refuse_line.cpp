#include "app/refuse_line.h"

#include "base/text.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace trusthub::app {
namespace {

std::vector<std::string> subcommandsOf(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(sub->get_name());
    return names;
}

}  // namespace

int refuseLine(const CLI::App& app, const CLI::ParseError& error, std::ostream& out,
               std::ostream& err) {
    const auto left = app.remaining(true);
    const auto unknown =
        std::ranges::find_if(left, [](const std::string& word) { return !word.starts_with('-'); });
    if (error.get_name() != "RequiredError" || unknown == left.end())
        return app.exit(error, out, err) == 0 ? 0 : 2;
    // CLI11 misses the subcommand, and does not say that what stands in its place is none.
    const CLI::App* group = &app;
    while (!group->get_subcommands().empty()) group = group->get_subcommands().front();
    const auto known = subcommandsOf(*group);
    if (known.empty()) return app.exit(error, out, err) == 0 ? 0 : 2;
    err << "`" << base::oneLine(base::clipUtf8(*unknown, 100)) << "` is no subcommand of "
        << (group == &app ? std::string("trusthub") : "trusthub " + group->get_name())
        << "; there are " << base::join(known, ", ")
        << ".\nRun with --help for more information.\n";
    return 2;
}

}  // namespace trusthub::app
