#ifndef CREMA_ENGINE_LIBCAFFE_THREADS_H_
#define CREMA_ENGINE_LIBCAFFE_THREADS_H_

#include <string>

// The threads of libcaffe's BLAS. libcaffe itself uses one thread.

namespace crema::libcaffe {

// The number of threads for the whole process; 1 if the BLAS doesn't say.
int Threads();
// Throws Error if the BLAS has no way to set them and n is not 1.
void SetThreads(int n);
// Name and version of the BLAS, for people to read.
std::string BlasVersion();

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_THREADS_H_
