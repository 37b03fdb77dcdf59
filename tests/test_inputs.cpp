// SPDX-License-Identifier: MIT
//
// INPUT... and -o of skiff detect: which pictures, and where their annotated copies go.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/folder.h"
#include "tools/skiff/inputs.h"
#include "tools/support/error.h"

using namespace skiff;
using skiff::test::Folder;

namespace {

std::vector<std::string> paths(const WorkList &list) {
  std::vector<std::string> out;
  for (const WorkItem &item : list.items) out.push_back(item.path);
  return out;
}

std::vector<std::string> outputs(const WorkList &list) {
  std::vector<std::string> out;
  for (const WorkItem &item : list.items) out.push_back(std::filesystem::path(item.output).filename().string());
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file stands for itself, also one that is missing") {
  const WorkList one = expand_inputs({"nowhere.jpg"});
  CHECK(paths(one) == Names{"nowhere.jpg"});
  CHECK(one.is_single);
  CHECK(paths(expand_inputs({"a", "-", "a"})) == Names{"a", "-", "a"});
}

TEST_CASE("a directory stands for the pictures in it, sorted, by extension") {
  const Folder folder;
  for (const char *name : {"b.JPG", "a.png", "c.txt", "d.gif", "e.ppm", "sub/f.jpg"}) folder.write(name, "");
  std::filesystem::create_directory(folder.path("dir.jpg"));
  const WorkList list = expand_inputs({folder.path()});
  CHECK(paths(list) == Names{folder.path("a.png"), folder.path("b.JPG"), folder.path("d.gif"), folder.path("e.ppm")});
  CHECK_FALSE(list.is_single);
  CHECK_FALSE(expand_inputs({folder.path("sub")}).is_single);
}

TEST_CASE("a list names files and directories") {
  const Folder folder;
  folder.write("pictures/x.jpg", "");
  const std::string list = folder.write("list.txt", "a b.jpg\r\n\n" + folder.path("pictures") + "\n@c.jpg");
  const WorkList work = expand_inputs({"@" + list, "last.png"});
  CHECK(paths(work) == Names{"a b.jpg", folder.path("pictures/x.jpg"), "@c.jpg", "last.png"});
  CHECK_FALSE(expand_inputs({"@" + folder.write("one.txt", "a.jpg\n")}).is_single);
}

TEST_CASE("what cannot be expanded is said") {
  const Folder folder;
  CHECK_THROWS_AS(expand_inputs({"-", "-"}), UsageError);
  CHECK_THROWS_WITH(expand_inputs({folder.path()}),
                    (folder.path() + ": no pictures in this directory (.jpg .jpeg .png .bmp .gif .pnm .ppm .pgm .pbm)").c_str());
  CHECK_THROWS_WITH(expand_inputs({"@" + folder.write("list.txt", "\n\n")}),
                    (folder.path("list.txt") + ": the list names no pictures").c_str());
  CHECK_THROWS_AS(expand_inputs({"@" + folder.path("nowhere")}), Error);
}

TEST_CASE("a single picture goes to the file that -o names, or into the directory") {
  const Folder folder;
  WorkList list = expand_inputs({"a.jpg"});
  assign_outputs(&list, folder.path("out.png"));
  CHECK(list.items[0].output == folder.path("out.png"));
  assign_outputs(&list, folder.path());
  CHECK(list.items[0].output == folder.path("a.jpg"));
}

TEST_CASE("several pictures go into a directory under names of their own") {
  const Folder folder;
  WorkList list = expand_inputs({"x/a.jpg", "y/a.jpg", "y/a-2.jpg", "b.gif", "-", "c"});
  assign_outputs(&list, folder.path("new/out"));
  const Names names = outputs(list);
  CHECK(names == Names{"a.jpg", "a-2.jpg", "a-2-2.jpg", "b.png", "stdin.png", "c.png"});
  CHECK(std::filesystem::is_directory(folder.path("new/out")));
  const std::string file = folder.write("file", "");
  CHECK_THROWS_AS(assign_outputs(&list, file), Error);
}

TEST_CASE("an input is never overwritten, under whatever name") {
  const Folder folder;
  const std::string picture = folder.write("a.jpg", "");
  std::filesystem::create_hard_link(picture, folder.path("twin.jpg"));
  std::filesystem::create_symlink(picture, folder.path("link.jpg"));
  for (const std::string &out :
       {picture, folder.path("./a.jpg"), folder.path("twin.jpg"), folder.path("link.jpg"), folder.path()}) {
    WorkList list = expand_inputs({picture});
    CHECK_THROWS_AS(assign_outputs(&list, out), UsageError);
  }
}

TEST_CASE("a picture that cannot be read is named") {
  const Folder folder;
  CHECK_THROWS_WITH(load_picture(folder.write("empty.jpg", ""), {}),
                    (folder.path("empty.jpg") + ": empty, not a picture").c_str());
  const std::string text = folder.write("text.jpg", "not a picture at all");
  CHECK_THROWS_WITH(load_picture(text, {}), doctest::Contains((text + ": ").c_str()));
  CHECK_THROWS_AS(load_picture(folder.path(), {}), Error);
}
