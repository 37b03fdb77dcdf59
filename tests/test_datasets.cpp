// SPDX-License-Identifier: MIT
//
// Annotation files: what is read, what is refused and how, and that no damaged file does worse than be refused.
#include <doctest/doctest.h>

#include <random>

#include "tests/support/folder.h"
#include "tools/skiff/coco_dataset.h"
#include "tools/skiff/voc_dataset.h"
#include "tools/support/error.h"

using namespace skiff;
using skiff::test::Folder;

namespace {

const std::string kXml = R"(<annotation><folder>VOC2007</folder><size><width>353</width><height>500</height></size>
  <object><name>dog</name><difficult>1</difficult>
    <bndbox><xmin>48</xmin><ymin>240.5</ymin><xmax> 195 </xmax><ymax>371</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></part></object>
  <object><name>person</name><bndbox><xmax>352</xmax><xmin>8</xmin><ymin>12</ymin><ymax>498</ymax></bndbox></object>
</annotation>)";

const std::string kJson = R"({"info":{"year":2017},"licenses":[],"images":[
  {"id":7,"file_name":"b.jpg","width":640,"height":480},{"id":3,"file_name":"a.jpg"}],
 "annotations":[
  {"id":1,"image_id":7,"category_id":18,"bbox":[1,2.5,30,40],"iscrowd":0,"segmentation":[[1,2,3,4]]},
  {"id":2,"image_id":3,"category_id":1,"bbox":[0,0,5,5],"iscrowd":1,"segmentation":{"counts":[1],"size":[1,1]}},
  {"id":3,"image_id":99,"category_id":1,"bbox":[0,0,5,5]},
  {"id":4,"image_id":3,"category_id":99,"bbox":[0,0,5,5]}],
 "categories":[{"id":18,"name":"dog"},{"id":1,"name":"person","supercategory":"person"}]})";

template <class Parse>
std::string refusal(Parse parse) {
  try {
    parse();
  } catch (const Error &error) {
    return error.what();
  }
  return "accepted";
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

std::string voc_refusal(const std::string &from, const std::string &to) {
  const std::string xml = replaced(kXml, from, to);
  return refusal([&] { parse_voc_annotation(xml); });
}

std::string coco_refusal(const std::string &from, const std::string &to) {
  const std::string json = replaced(kJson, from, to);
  return refusal([&] { parse_coco(json); });
}

// Truncates `text` at every byte and damages it at random, and gives each to `parse`, which may throw Error and nothing else.
template <class Parse>
void torment(const std::string &text, Parse parse) {
  for (size_t length = 0; length < text.size(); ++length) {
    const std::string part = text.substr(0, length);  // exactly as long: a sanitizer sees a read beyond it
    refusal([&] { parse(part); });
  }
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = text;
    for (int change = 0; change < 3; ++change) damaged[random() % damaged.size()] = char(random());
    refusal([&] { parse(damaged); });
  }
}

}  // namespace

TEST_CASE("voc: objects, not their parts") {
  const std::vector<VocObject> objects = parse_voc_annotation(kXml);
  REQUIRE(objects.size() == 2);
  CHECK(objects[0].name == "dog");
  CHECK(objects[0].is_difficult);
  CHECK(objects[0].x_min == 48);
  CHECK(objects[0].y_min == 240.5);
  CHECK(objects[0].x_max == 195);
  CHECK(objects[1].name == "person");
  CHECK_FALSE(objects[1].is_difficult);
  CHECK(objects[1].x_min == 8);
  CHECK(parse_voc_annotation("<annotation/>").empty());
}

TEST_CASE("voc: what is wrong is said") {
  CHECK(voc_refusal("<name>dog</name>", "") == "object 1: has no <name>");
  CHECK(voc_refusal("<xmin>8</xmin>", "") == "object 2: expected a number in <xmin>, found ''");
  CHECK(voc_refusal("<xmin>8<", "<xmin>8px<") == "object 2: expected a number in <xmin>, found '8px'");
  CHECK(voc_refusal("<xmin>8<", "<xmin>nan<") == "object 2: expected a number in <xmin>, found 'nan'");
  CHECK(voc_refusal("<xmin>8<", "<xmin>800<") == "object 2: <bndbox> ends before it begins");
  CHECK(voc_refusal("</annotation>", "").find("not an XML file: ") == 0);
  CHECK(refusal([] { parse_voc_annotation("<html></html>"); }) == "not a VOC annotation: no <annotation> at the top");
  CHECK(refusal([] { parse_voc_annotation(""); }).find("not an XML file: ") == 0);
}

TEST_CASE("voc: damaged files") { torment(kXml, parse_voc_annotation); }

TEST_CASE("voc: pictures beside their annotations") {
  const Folder folder;
  folder.write("b.xml", kXml);
  folder.write("b.jpg", "");
  folder.write("a.xml", "<annotation/>");
  folder.write("a.png", "");
  folder.write("unannotated.jpg", "");
  const std::vector<VocPicture> pictures = read_voc(folder.path(), "test");
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0].picture == folder.path("a.png"));
  CHECK(pictures[1].annotation == folder.path("b.xml"));
  CHECK(pictures[1].objects.size() == 2);
  folder.write("c.xml", kXml);
  CHECK(refusal([&] { read_voc(folder.path(), "test"); }) ==
        folder.path("c.xml") + ": its picture " + folder.path("c.jpg") + " is missing");
  folder.write("c.jpg", "");
  folder.write("c.xml", "<annotation><object/></annotation>");
  CHECK(refusal([&] { read_voc(folder.path(), "test"); }) == folder.path("c.xml") + ": object 1: has no <name>");
}

TEST_CASE("voc: the devkit's directories") {
  const Folder folder;
  for (const char *id : {"000001", "000002", "000003"}) {
    folder.write(std::string("VOC2007/Annotations/") + id + ".xml", kXml);
    folder.write(std::string("VOC2007/JPEGImages/") + id + ".jpg", "");
  }
  CHECK(read_voc(folder.path("VOC2007"), "test").size() == 3);  // no lists: all of them
  folder.write("VOC2007/ImageSets/Main/test.txt", "000003\r\n000001  1\n\n");
  const std::vector<VocPicture> pictures = read_voc(folder.path("VOC2007"), "test");
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0].picture == folder.path("VOC2007/JPEGImages/000003.jpg"));
  CHECK(read_voc(folder.path(), "test").size() == 2);  // the only year in it
  CHECK(refusal([&] { read_voc(folder.path("VOC2007"), "train"); }) ==
        folder.path("VOC2007/ImageSets/Main/train.txt") + ": no such list; name another with --set");
  folder.write("VOC2012/Annotations/000001.xml", kXml);
  CHECK(refusal([&] { read_voc(folder.path(), "test"); }).find("holds more than one data set") != std::string::npos);
}

TEST_CASE("voc: a directory that is none") {
  const Folder folder;
  CHECK(refusal([&] { read_voc(folder.path(), "test"); }) == folder.path() + ": no annotations (.xml) in this directory");
  CHECK(refusal([&] { read_voc(folder.path("nowhere"), "test"); }) == folder.path("nowhere") + ": no such directory");
}

TEST_CASE("coco: pictures by id, with their objects") {
  const CocoDataset data = parse_coco(kJson);
  REQUIRE(data.pictures.size() == 2);
  CHECK(data.pictures[0].id == 3);
  CHECK(data.pictures[0].file_name == "a.jpg");
  REQUIRE(data.pictures[0].objects.size() == 1);  // the one of an unlisted category is dropped
  CHECK(data.pictures[0].objects[0].is_crowd);
  REQUIRE(data.pictures[1].objects.size() == 1);
  CHECK(data.pictures[1].objects[0].category_id == 18);
  CHECK(data.pictures[1].objects[0].box.y == 2.5);
  CHECK(data.pictures[1].objects[0].box.height == 40);
  REQUIRE(data.categories.size() == 2);
  CHECK(data.categories[0].name == "person");
}

TEST_CASE("coco: what is wrong is said") {
  CHECK(coco_refusal("\"categories\"", "\"classes\"") == "the file has no 'categories'");
  CHECK(coco_refusal("\"image_id\":7,", "") == "annotations[0] has no 'image_id'");
  CHECK(coco_refusal("\"image_id\":7", "\"image_id\":\"7\"") == "annotations[0].image_id: expected an integer, found string");
  CHECK(coco_refusal("[1,2.5,30,40]", "[1,2.5,30]") == "annotations[0].bbox: expected 4 numbers, found 3");
  CHECK(coco_refusal("[1,2.5,30,40]", "[1,null,30,4]") == "annotations[0].bbox[1]: expected a number, found null");
  CHECK(coco_refusal("[1,2.5,30,40]", "[1,2.5,-30,40]") == "annotations[0].bbox: width or height is negative");
  CHECK(coco_refusal("\"id\":3,", "\"id\":7,") == "two images have the id 7");
  CHECK(coco_refusal("\"id\":1,\"name\"", "\"id\":18,\"name\"") == "two categories have the id 18");
  CHECK(coco_refusal("{\"id\":3", "3,{\"id\":3") == "images[1]: expected an object, found number");
  CHECK(coco_refusal("2017}", "2017").find("not a JSON file: wrong at byte ") == 0);
  CHECK(refusal([] { parse_coco("[]"); }) == "not a COCO annotation file: expected an object, found array");
  CHECK(refusal([] { parse_coco(""); }).find("not a JSON file: ") == 0);
}

TEST_CASE("coco: damaged files") { torment(kJson, parse_coco); }

TEST_CASE("coco: nested a million deep") {
  CHECK(refusal([] { parse_coco(std::string(1000000, '[')); }).find("not a JSON file: ") == 0);
  CHECK(refusal([] { parse_coco("{\"images\":" + std::string(100000, '[') + std::string(100000, ']') + "}"); }) ==
        "the file has no 'categories'");
}

TEST_CASE("coco: errors name the file") {
  const Folder folder;
  const std::string path = folder.write("ann.json", "{}");
  CHECK(refusal([&] { read_coco(path); }) == path + ": the file has no 'categories'");
}
