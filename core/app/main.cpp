// trusthub: the one program. Subcommands are in commands.cpp and connectors_command.cpp.
#include "app/commands.h"
#include "app/serve.h"

int main(int argc, char** argv) {
    trusthub::app::blockSignals();
    return trusthub::app::runCommandLine(argc, argv);
}
