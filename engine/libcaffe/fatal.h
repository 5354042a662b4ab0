#ifndef CREMA_ENGINE_LIBCAFFE_FATAL_H_
#define CREMA_ENGINE_LIBCAFFE_FATAL_H_

namespace crema::libcaffe {

// Takes over glog, once a process: libcaffe's chatter is dropped, its errors are printed, and a
// check of its that fails prints what failed and where as an error of Crema's, then ends the
// process with status 1. (libcaffe can't go on after one, and glog can't be made to throw.)
void InitLogging();

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_FATAL_H_
