// SPDX-License-Identifier: MIT
//
// Small programs only. The C++ library's last words on an exception that nobody catches need a decoder of C++ names, 50 kB of it. Our
// main functions catch everything, and threads of ours throw nothing.
#include <cstdlib>

namespace __gnu_cxx {

void __verbose_terminate_handler();
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
