// The SDK's crypto interface over this folder.
#pragma once

#include "sdk/host.h"

namespace trusthub::crypto {

const sdk::Crypto& pluginCrypto();  ///< [thread-safe]

}  // namespace trusthub::crypto
