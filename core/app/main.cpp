// trusthub: the one program. Subcommands are in commands.cpp and connectors_command.cpp.
#include "app/commands.h"
#include "app/serve.h"

#include <sys/stat.h>

int main(int argc, char** argv) {
    ::umask(077);  // what the hub writes is its user's alone
    trusthub::app::blockSignals();
    return trusthub::app::runCommandLine(argc, argv);
}
