// SPDX-License-Identifier: MIT
//
// skiff embed: a weights file as source code, so that a program carries its model and a firmware image reads it from flash. The
// bytes are in the source itself: it can be moved, packed and built elsewhere. Assembly, as compilers take minutes and gigabytes
// for an array of millions of numbers; C for those that come with no assembler that reads GNU's words.
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "engine/weights_format.h"
#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/numbers.h"
#include "tools/skiff/weights_arg.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

struct EmbedOptions {
  std::string weights, output, symbol = "skiff_weights";
};

// "dir/name" of "dir/name.S"; empty where the path does not end in this.
std::string without_end(const std::string &path, std::string_view end) {
  const bool has_end = path.size() > end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
  return has_end && path[path.size() - end.size() - 1] != '/' ? path.substr(0, path.size() - end.size()) : "";
}

bool is_identifier(const std::string &text) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_", kDigits[] = "0123456789";
  return !text.empty() && text.find_first_not_of(std::string(kLetters) + kDigits) == text.npos &&
         text.find_first_of(kDigits) != 0;
}

std::string opening(const Engine &engine, const char *purpose) {
  const std::string &path = engine.weights().path;
  std::string name = one_line(path.substr(path.rfind('/') + 1));
  for (char &c : name)
    if (c == '*' || c == '/' || c == '\\') c = '?';  // it stands in a comment
  return "/* Made by skiff embed from " + name + ": " + purpose + " */\n";
}

// Eight bytes a number, as a little-endian CPU will read them; what is left, byte by byte.
std::string assembly_of(const Engine &engine, const std::string &symbol) {
  constexpr size_t kWordBytes = 8, kWordsInLine = 8;
  const uint8_t *data = engine.weights().file.data();
  const size_t bytes = engine.weights().file.size(), words = bytes / kWordBytes;
  std::string text = opening(engine, "for GNU's and LLVM's assemblers, ELF, little-endian.");
  text += "  .section .rodata." + symbol + ", \"a\", %progbits\n  .balign " + std::to_string(kWeightsAlignment) + "\n  .globl " +
          symbol + "\n  .type " + symbol + ", %object\n" + symbol + ":";
  text.reserve(text.size() + words * 20 + 4096);
  for (size_t i = 0; i < words; ++i) {
    uint64_t word;
    memcpy(&word, data + i * kWordBytes, kWordBytes);
    text += i % kWordsInLine == 0 ? "\n  .quad " : ",";
    text += hex(word);
  }
  for (size_t i = words * kWordBytes; i < bytes; ++i) text += "\n  .byte " + std::to_string(data[i]);
  const std::string size = symbol + "_size", count = std::to_string(bytes);
  text += "\n  .size " + symbol + ", " + count + "\n\n  .balign 8\n  .globl " + size + "\n  .type " + size + ", %object\n" +
          size + ":\n#if __SIZEOF_SIZE_T__ == 8\n  .quad " + count + "\n#else\n  .long " + count + "\n#endif\n  .size " + size +
          ", __SIZEOF_SIZE_T__\n\n  .section .note.GNU-stack, \"\", %progbits\n";
  return text;
}

std::string declarations_of(const std::string &symbol) {
  return "#include <stddef.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nextern const unsigned char " + symbol +
         "[];\nextern const size_t " + symbol + "_size; /* in bytes */\n#ifdef __cplusplus\n}\n#endif\n\n";
}

std::string c_of(const Engine &engine, const std::string &symbol) {
  constexpr size_t kBytesInLine = 32;
  const uint8_t *data = engine.weights().file.data();
  const size_t bytes = engine.weights().file.size();
  const std::string alignment = std::to_string(kWeightsAlignment);
  std::string text = opening(engine, "C and C++.") + declarations_of(symbol) + "#if defined(_MSC_VER)\n__declspec(align(" +
                     alignment + "))\n#else\n__attribute__((aligned(" + alignment + ")))\n#endif\nconst unsigned char " + symbol +
                     "[] = {";
  text.reserve(text.size() + bytes * 4 + 4096);
  for (size_t i = 0; i < bytes; ++i) {
    if (i % kBytesInLine == 0) text += "\n";
    text += std::to_string(data[i]);
    text += ',';
  }
  return text + "\n};\nconst size_t " + symbol + "_size = sizeof " + symbol + ";\n";
}

std::string header_of(const Engine &engine, const std::string &symbol) {
  return opening(engine, "pass both to skiff_init; read in place.") + "#ifndef " + symbol + "_h\n#define " + symbol + "_h\n\n" +
         declarations_of(symbol) + "#endif\n";
}

int run_embed(const EmbedOptions &options) {
  const std::string assembly = without_end(options.output, ".S"), c = without_end(options.output, ".c");
  if (assembly.empty() && c.empty())
    throw UsageError("--output must end in .S (assembly, preprocessed) or .c: '" + one_line(options.output) + "' does not");
  if (!is_identifier(options.symbol)) throw UsageError("--symbol '" + one_line(options.symbol) + "' is no name in C");
  const Engine engine(open_weights(options.weights), default_config());  // verified as a whole
  const std::string header = (assembly.empty() ? c : assembly) + ".h", declared = header_of(engine, options.symbol);
  const std::string source = assembly.empty() ? c_of(engine, options.symbol) : assembly_of(engine, options.symbol);
  write_file_atomically(header, declared.data(), declared.size());
  write_file_atomically(options.output, source.data(), source.size());
  write_stdout("wrote     " + one_line(options.output) + " and " + one_line(header) + ": " + options.symbol + ", " +
               std::to_string(engine.weights().file.size()) + " bytes, and " + options.symbol + "_size\n");
  return 0;
}

constexpr char kNotes[] =
    R"(The array is constant, aligned to 64 bytes and whole: give it to skiff_init as it is. It lies in a section of its own,
.rodata.SYMBOL, which a linker script can put where there is room. A header with the declarations is written beside the source.

Examples:
  skiff embed ssd.skiff -o weights.S         weights.S and weights.h; cc -c weights.S, for any little-endian CPU
  skiff embed ssd.skiff -o weights.c         the same for a compiler without GNU's assembler; slow to compile
)";

}  // namespace

CLI::App *add_embed(CLI::App &app, std::function<int()> *run) {
  const auto o = std::make_shared<EmbedOptions>();
  CLI::App *command = app.add_subcommand("embed", "turn a weights file into source code, for firmware");
  add_weights_option(command, &o->weights);
  command->add_option("-o,--output", o->output, "the source to write, .S or .c")->type_name("FILE")->required();
  command->add_option("--symbol", o->symbol, "name of the array (default skiff_weights); its size is NAME_size")
      ->type_name("NAME");
  command->footer(kNotes);
  command->callback([o, run] { *run = [o] { return run_embed(*o); }; });
  return command;
}

}  // namespace skiff
