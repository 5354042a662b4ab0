#ifndef CREMA_ENGINE_LIBCAFFE_THREADS_H_
#define CREMA_ENGINE_LIBCAFFE_THREADS_H_

#include <string>

// The threads of the BLAS that libcaffe computes with. libcaffe itself uses one.

namespace crema::libcaffe {

// The number in use by the whole process; 1 where the BLAS doesn't tell.
int Threads();
// Throws Error when the BLAS can't be told and n is not 1.
void SetThreads(int n);
// Name and version of the BLAS, for people.
std::string BlasVersion();

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_THREADS_H_
