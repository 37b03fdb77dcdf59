// SPDX-License-Identifier: MIT
//
// The parameters of a model, from whichever files hold them.
#pragma once
#include <string>

#include "tools/paddle/program.h"

namespace skiff::paddle {

struct ParamsFiles {
  enum Kind { kNone, kCombined, kPickle, kVariables };
  Kind kind = kNone;
  std::string path;  // a file, or the directory of kVariables; kNone: where was looked
};

// Where the parameters of the program at `program_path` lie: `params_file` where it is given (a combined file, a .pdparams or a
// directory of variable files), else what is found beside the program by name. Throws Error where `params_file` does not exist.
ParamsFiles find_params(const std::string &program_path, const Program &program, const std::string &params_file);

// "combined parameters" and the like, for the user.
const char *params_form(ParamsFiles::Kind kind);

// Reads the program's persistable tensors that ops use. Throws Error naming the file or parameter, with expected and found.
Params read_params(const ParamsFiles &files, const Program &program);

// Reads the variable files of a training checkpoint (save_persistables), without those of the optimizer, which are named after a
// parameter: `conv2d_0.w_0_velocity_0`. Empty where the directory holds none. Throws Error for one that is damaged.
Params read_variable_files(const std::string &directory);

// Reads a .pdparams. Throws Error naming the file.
Params read_pickle(const std::string &path);

// Whether a file begins like LoDTensor records.
bool is_lod_tensor(const std::string &path);

}  // namespace skiff::paddle
