// Thing rules: what a call asks of a key beside permission and place: by the thing that it names,
// or by what its body wants.
#pragma once

#include "api/places.h"

namespace trusthub::api {

/// What the call would be refused with. `place` is the thing's; it may be seen by the asker. A
/// body that was not given, or does not fit, is not judged: that is another matter than rights.
/// [SQL only]
Result<void> checkThing(const AskedCall& asked, const access::Place& place, store::ReadTx& tx);

}  // namespace trusthub::api
