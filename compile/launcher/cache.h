// The folder that a payload is unpacked to: once, as a whole, and by one process at a time.
#ifndef CREMA_COMPILE_LAUNCHER_CACHE_H_
#define CREMA_COMPILE_LAUNCHER_CACHE_H_

#include <string>
#include <vector>

#include "manifest.h"
#include "program.h"

namespace crema::launcher {

// Folders to unpack to, the best first: $XDG_CACHE_HOME, $HOME/.cache, then folders of this user in
// $TMPDIR, /var/tmp, /tmp and /dev/shm.
std::vector<std::string> CacheFolders();

// The folder with all files of the program, in `cache`. Unpacks them unless they are there,
// complete and unchanged. Throws Error if that fails.
std::string Unpacked(const Program& program, const Manifest& manifest, const std::string& cache);

}  // namespace crema::launcher

#endif  // CREMA_COMPILE_LAUNCHER_CACHE_H_
