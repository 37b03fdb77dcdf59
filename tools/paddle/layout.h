// SPDX-License-Identifier: MIT
//
// Where a model's files lie: the names that Paddle's own tools and their users give them.
#pragma once
#include <string>
#include <vector>

namespace skiff::paddle {

// "a/b" from "a" and "b".
std::string join_path(const std::string &directory, const std::string &name);

// "a" from "a/b", "." from "b".
std::string parent_directory(const std::string &path);

// "b" from "a/b".
std::string file_name(const std::string &path);

bool has_suffix(const std::string &text, const std::string &suffix);

// Names of the regular files of a directory, sorted.
std::vector<std::string> list_files(const std::string &directory);

// Path of the program in `directory`: `__model__`, the only X.pdmodel, or the only file that parses as a program; empty where
// there is none. A .pdmodel that has no .pdiparams but a .pdparams in its directory is fluid.save's training program and does not
// count, unless `has_params_file` says that the user names the parameters. Throws Error where several could be meant, and for
// Paddle 3's JSON.
std::string find_program(const std::string &directory, bool has_params_file);

// Path of the only .pdparams in `directory`; empty where there is none. Throws Error where there are several.
std::string find_pickle(const std::string &directory);

// The only subdirectory that is not hidden, or the only one with a serving_server_conf.prototxt; empty where there is none.
std::string find_subdirectory(const std::string &directory);

// For a path that is a file: throws Error where it is Paddle 3's JSON program, Paddle-Lite's model or a packed archive, saying what
// to do.
void refuse_foreign_file(const std::string &path);

// Whether a file begins like a pickle of protocol 2 to 5.
bool is_pickle(const std::string &path);

}  // namespace skiff::paddle
