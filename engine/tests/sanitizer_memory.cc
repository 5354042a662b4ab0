// Makes AddressSanitizer report lack of memory as the system does. This needs a file of its own:
// elsewhere the compiler would inline the operators and warn of a mismatch.
#include <cstdlib>
#include <new>

#include "ffi/crema.h"

#if defined(__SANITIZE_ADDRESS__)
// Allocations that are too large fail, as without the sanitizer, instead of ending the process.
extern "C" CREMA_EXPORT const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=64";
}

// The sanitizer's own operators end the process instead of throwing.
void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
#endif
