# Compiles a target for every x86-64 processor that oneDNN's fast paths need at least (x86-64-v2, 2009
# on), but a file named *_avx2.cc or *_avx512.cc for more: the code that calls it asks the processor
# first. (GCC 12's own AVX-512 header sets off its warning of uninitialized variables.) To be called
# where the target is made.
function(crema_compile_for_processors target)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    return()
  endif()
  target_compile_options(${target} PRIVATE -march=x86-64-v2)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(source MATCHES "_avx2\\.cc$")
      set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS
        "-mavx2;-mfma;-ffp-contract=fast")
    elseif(source MATCHES "_avx512\\.cc$")
      set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mfma;-ffp-contract=fast;-mprefer-vector-width=512;-Wno-uninitialized;-Wno-maybe-uninitialized")
    endif()
  endforeach()
endfunction()
