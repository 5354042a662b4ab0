#ifndef CREMA_ENGINE_LIBCAFFE_FATAL_H_
#define CREMA_ENGINE_LIBCAFFE_FATAL_H_

namespace crema::libcaffe {

// Takes over glog, once per process: drops libcaffe's log output and prints its errors. If a check
// in libcaffe fails, prints what failed and where, like any error of Crema's, and ends the process
// with status 1. (libcaffe can't go on after a failed check, and glog can't be made to throw.)
void InitLogging();

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_FATAL_H_
