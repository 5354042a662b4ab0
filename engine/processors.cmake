# Compiles a target for the oldest x86-64 processors that oneDNN's fast paths support (x86-64-v2, from
# 2009). Files named *_avx2.cc or *_avx512.cc are compiled for newer ones; their callers ask the processor
# first. All others round each operation by itself, so that they give the same bits on every processor. (GCC 12's own AVX-512 header triggers its warning about uninitialized variables.) Call this in
# the directory that defines the target.
function(crema_compile_for_processors target)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    return()
  endif()
  target_compile_options(${target} PRIVATE -march=x86-64-v2 -ffp-contract=off)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(source MATCHES "_avx2\\.cc$")
      set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS
        "-mavx2;-mfma;-ffp-contract=fast")
    elseif(source MATCHES "_avx512\\.cc$")
      set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mfma;-ffp-contract=fast;-mprefer-vector-width=512;-Wno-uninitialized;-Wno-maybe-uninitialized")
    endif()
  endforeach()
endfunction()
