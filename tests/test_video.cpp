// SPDX-License-Identifier: MIT
//
// Video streams: what their bytes mean, what is refused, and that no bytes hurt.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/errors.h"
#include "tests/support/hostile.h"
#include "tests/support/pictures.h"
#include "tests/support/raw_pixels.h"
#include "tests/support/video.h"
#include "tools/video/jpeg_splitter.h"
#include "tools/video/pixels.h"
#include "tools/video/y4m.h"

namespace skiff::test {
namespace {

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

std::string text_of(const Bytes &bytes) { return std::string(bytes.begin(), bytes.end()); }

// What operator new gives out from here on, at most at once.
class HeapWatch {
 public:
  HeapWatch() : before_(heap_bytes()) { reset_heap_peak(); }
  size_t peak_bytes() const { return heap_peak() - before_; }

 private:
  size_t before_;
};

std::string stream_error(const std::string &bytes, const StreamOptions &options = {}) {
  return error_of([&] { count_frames(open_text(bytes, options).get()); });
}

// The first frame of a stream as RGB.
Image first_image(const std::string &bytes, const StreamOptions &options = {}) {
  const auto source = open_text(bytes, options);
  VideoFrame frame;
  REQUIRE(source->next(&frame));
  return frame.jpeg != nullptr ? decode_image(frame.jpeg, frame.jpeg_bytes) : image_of(frame.pixels);
}

constexpr PixelFormat kFormats[] = {PixelFormat::kI420, PixelFormat::kNv12, PixelFormat::kNv21,
                                    PixelFormat::kI422, PixelFormat::kI444, PixelFormat::kGrey,
                                    PixelFormat::kYuyv, PixelFormat::kRgb,  PixelFormat::kBgr};

StreamOptions raw(PixelFormat format, int width, int height, bool is_video_range = true) {
  StreamOptions options;
  options.is_raw = true;
  options.format = format;
  options.size = {width, height};
  options.is_video_range = is_video_range;
  return options;
}

}  // namespace

TEST_CASE("raw pixels of every format and odd sizes are the picture that they were made of") {
  for (const PixelFormat format : kFormats)
    for (const FrameSize size : {FrameSize{24, 16}, FrameSize{23, 15}, FrameSize{1, 1}})
      for (const bool is_video_range : {true, false}) {
        CAPTURE(name_of(format));
        CAPTURE(size.width);
        CAPTURE(is_video_range);
        const Image image = smooth_image(size.width, size.height);
        const std::string bytes = raw_of(image, format, is_video_range);
        const StreamOptions options = raw(format, size.width, size.height, is_video_range);
        const auto source = open_text(bytes + bytes, options, 7);
        CHECK(source->max_frame_bytes() == bytes.size());
        CHECK(count_frames(source.get()) == 2);
        const Image back = first_image(bytes, options);
        if (format == PixelFormat::kRgb || format == PixelFormat::kBgr) {
          CHECK(worst_difference(image, back) == 0);
        } else if (format == PixelFormat::kGrey) {
          const auto [r, g, b] = pixel(image, 0, 0);
          CHECK(std::abs(pixel(back, 0, 0)[0] - int(0.299 * r + 0.587 * g + 0.114 * b)) <= 2);
        } else {
          CHECK(worst_difference(image, back) <= 6);
        }
      }
}

TEST_CASE("frames are numbered and timed by the rate") {
  const auto times = [](const StreamOptions &options, const std::string &header) {
    const auto source = open_text(y4m_of(header, 6, 3), options);
    std::vector<double> seconds;
    VideoFrame frame;
    while (source->next(&frame)) {
      CHECK(frame.number == seconds.size());
      seconds.push_back(frame.time_s);
    }
    return seconds;
  };
  StreamOptions options;
  CHECK(times(options, "W2 H2 F50:1") == std::vector<double>{0, 0.02, 0.04});
  CHECK(times(options, "W2 H2") == std::vector<double>{0, 0.04, 0.08});
  CHECK(times(options, "W2 H2 F0:0") == std::vector<double>{0, 0.04, 0.08});
  options.rate = {10, 1};
  CHECK(times(options, "W2 H2 F50:1") == std::vector<double>{0, 0.1, 0.2});
}

TEST_CASE("Y4M headers") {
  const Y4mHeader full =
      parse_y4m_header("YUV4MPEG2 W640 H479 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=FULL", 1 << 20);
  CHECK(full.layout.width == 640);
  CHECK(full.layout.height == 479);
  CHECK(full.layout.format == PixelFormat::kI420);
  CHECK(!full.layout.is_video_range);
  CHECK(full.rate.count == 30000);
  CHECK(full.rate.seconds == 1001);
  CHECK(parse_y4m_header("YUV4MPEG2 H2 W3", 100).layout.is_video_range);
  const std::map<std::string, PixelFormat> kinds = {{"420jpeg", PixelFormat::kI420}, {"420paldv", PixelFormat::kI420},
                                                    {"420", PixelFormat::kI420},     {"422", PixelFormat::kI422},
                                                    {"444", PixelFormat::kI444},     {"mono", PixelFormat::kGrey}};
  for (const auto &[name, format] : kinds) CHECK(parse_y4m_header("YUV4MPEG2 W2 H2 C" + name, 100).layout.format == format);
}

TEST_CASE("Y4M that is wrong") {
  for (const auto &entry : std::map<std::string, std::string>{
           {"W2", "2x0"},
           {"W2 H-2", "height '-2'"},
           {"W2 H2x", "height '2x'"},
           {"W99999999999 H2", "width '99999999999'"},
           {"W20000 H20000", "limit of 50000000 pixels"},
           {"W70000 H2", "limit of 65535"},
           {"W2 H2 C420p10", "'420p10'"},
           {"W2 H2 C444alpha", "'444alpha'"},
       }) {
    CAPTURE(entry.first);
    CHECK(contains(stream_error(y4m_of(entry.first, 6, 1)), entry.second));
  }
  const std::string good = y4m_of("W2 H2", 6, 3);
  CHECK(stream_error(good) == "");
  CHECK(contains(stream_error(good.substr(0, 12)), "no end of the header"));
  CHECK(contains(stream_error("YUV4MPEG2 " + std::string(10000, 'x')), "no end of the header"));
  CHECK(stream_error(good.substr(0, good.size() - 2)) == "stream: frame 2: truncated: expected 6 bytes, found 4");
  CHECK(contains(stream_error(good.substr(0, good.size() - 8)), "frame 2: expected a line that begins with FRAME"));
  CHECK(contains(stream_error(good + "FRAM"), "frame 3: expected a line that begins with FRAME, found 'FRAM'"));
  CHECK(contains(stream_error(good + "FRAME" + std::string(5000, ' ')), "frame 3"));
  const std::string with_parameters = "YUV4MPEG2 W2 H2\nFRAME Ip\n123456FRAME\n123456";
  CHECK(count_frames(open_text(with_parameters).get()) == 2);
}

TEST_CASE("a short stream that announces large frames costs no memory") {
  const std::string bytes = "YUV4MPEG2 W7000 H7000 C444\nFRAME\n1234";
  const HeapWatch heap;
  CHECK(contains(stream_error(bytes), "truncated: expected 147000000 bytes, found 4"));
  CHECK(heap.peak_bytes() < (4 << 20));
}

TEST_CASE("what is no stream is told by name") {
  CHECK(contains(stream_error(""), "stream: empty"));
  for (const auto &[bytes, part] : std::vector<std::pair<std::string, std::string>>{
           {std::string(4, '\0') + "ftypisom", "an MP4 video"},
           {"\x1A\x45\xDF\xA3....", "Matroska"},
           {"RIFF1234AVI LIST", "an AVI video"},
           {"\x89PNG\r\n", "skiff detect"},
           {"hello, world", "not a video"},
           {"Y", "not a video"},
       })
    CHECK(contains(stream_error(bytes), part));
  CHECK(contains(stream_error("hello"), "ffmpeg -i FILE"));
}

namespace {

// A JPEG file whose first segment holds another whole one, as cameras put thumbnails there.
std::string with_thumbnail(const std::string &jpeg) {
  const size_t length = jpeg.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1" + char(length >> 8) + char(length & 255) + jpeg + jpeg.substr(2);
}

std::vector<std::string> split(const std::string &bytes, size_t piece_bytes) {
  std::vector<std::string> pictures;
  JpegSplitter splitter;
  for (size_t at = 0; at < bytes.size();) {
    const size_t count = std::min(piece_bytes, bytes.size() - at);
    const size_t taken = splitter.feed(reinterpret_cast<const uint8_t *>(bytes.data()) + at, count);
    REQUIRE(taken >= 1);
    REQUIRE(taken <= count);
    at += taken;
    if (splitter.is_whole()) pictures.push_back(text_of(splitter.picture()));
  }
  return pictures;
}

}  // namespace

TEST_CASE("MJPEG is split where pictures end, however the bytes come") {
  const std::string a = text_of(encode_jpeg(sample_image(24, 17))), b = text_of(encode_jpeg(sample_image(9, 30)));
  const std::string nested = with_thumbnail(a);
  std::vector<std::string> pictures = {a, b, nested, a};
#if SKIFF_HAS_TURBO
  JpegSpec spec;
  spec.restart_blocks = 1;
  pictures.push_back(text_of(make_jpeg(spec)));
  spec.mode = "progressive";
  pictures.push_back(text_of(make_jpeg(spec)));
#endif
  std::string plain, multipart;
  for (const std::string &picture : pictures) {
    plain += picture;
    multipart += "--boundary\r\nContent-Type: image/jpeg\r\nX: \xFF\r\n\r\n" + picture + "\r\n";
  }
  for (const size_t piece : {size_t(1), size_t(2), size_t(3), size_t(100), size_t(4096), SIZE_MAX}) {
    CAPTURE(piece);
    CHECK(split(plain, piece) == pictures);
    CHECK(split(multipart, piece) == pictures);
    CHECK(split(std::string(100, '\0') + plain + "\xFF\xFF", piece) == pictures);
    CHECK(count_frames(open_text(multipart, {}, piece).get()) == int(pictures.size()));
  }
  CHECK(worst_difference(first_image(multipart), decode_image(reinterpret_cast<const uint8_t *>(a.data()), a.size())) == 0);
}

TEST_CASE("a picture that was cut off does not take the next one with it") {
  const std::string a = text_of(encode_jpeg(sample_image(24, 17))), cut = a.substr(0, a.size() - 30);
  CHECK(split(a + cut + a + a, 11) == std::vector<std::string>{a, cut, a, a});
  CHECK(contains(stream_error(a + a + cut), "stream: frame 2: JPEG: truncated: the stream ends after"));
  CHECK(stream_error(a + a) == "");
  CHECK(stream_error(a + "garbage at the end") == "");
}

TEST_CASE("rates and sizes as they are written") {
  CHECK(parse_frame_rate("30").count == 30);
  CHECK(parse_frame_rate("30").seconds == 1);
  CHECK(parse_frame_rate("30000/1001").count == 30000);
  CHECK(parse_frame_rate("30000/1001").seconds == 1001);
  CHECK(parse_frame_rate("29.97").count == 29970);
  CHECK(parse_frame_rate("29.97").seconds == 1000);
  CHECK(parse_frame_rate("0.5").time_s(1) == 2);
  for (const char *bad : {"", "0", "-1", "nan", "inf", "1/0", "x", "30fps", "30/", "1e3", "5000", "1/2/3", "0.001"}) {
    CAPTURE(bad);
    CHECK(!parse_frame_rate(bad).is_known());
  }
  CHECK(parse_frame_size("640x480").width == 640);
  CHECK(parse_frame_size("640x480").height == 480);
  for (const char *bad :
       {"", "640", "640x", "x480", "640x480x3", "-1x5", "0x5", "65536x5", "640 x480", "1.5x2", "99999999999x1"}) {
    CAPTURE(bad);
    CHECK(parse_frame_size(bad).width == 0);
    CHECK(parse_frame_size(bad).height == 0);
  }
}

TEST_CASE("what is encoded is read back") {
  for (const FrameSize size : {FrameSize{24, 16}, FrameSize{23, 15}}) {
    const Image image = smooth_image(size.width, size.height);
    for (const VideoFormat format : {VideoFormat::kY4m, VideoFormat::kMjpeg}) {
      const auto encoder = make_video_encoder(format, {30000, 1001});
      std::string bytes = text_of(encoder->encode(image));
      bytes += text_of(encoder->encode(image));
      CHECK(count_frames(open_text(bytes).get()) == 2);
      CHECK(worst_difference(first_image(bytes), image) <= 6);
      if (format == VideoFormat::kY4m) CHECK(open_text(bytes)->rate().count == 30000);
    }
  }
  const auto y4m = make_video_encoder(VideoFormat::kY4m, kDefaultFrameRate);
  y4m->encode(sample_image(8, 8));
  CHECK(contains(error_of([&] { y4m->encode(sample_image(8, 9)); }), "frames of one size, 8x8, found 8x9"));
}

TEST_CASE("an orientation turns a picture as the engine turns a frame") {
  const Image image = sample_image(5, 3);
  const auto corner = [&](int rotation, bool is_mirrored) {
    const Image turned = apply_orientation(image, orientation_of(rotation, is_mirrored));
    return std::pair{turned.width, pixel(turned, 0, 0)};
  };
  CHECK(corner(0, false) == std::pair{5, pixel(image, 0, 0)});
  CHECK(corner(90, false) == std::pair{3, pixel(image, 0, 2)});
  CHECK(corner(180, false) == std::pair{5, pixel(image, 4, 2)});
  CHECK(corner(270, false) == std::pair{3, pixel(image, 4, 0)});
  CHECK(corner(0, true) == std::pair{5, pixel(image, 4, 0)});
  CHECK(corner(90, true) == std::pair{3, pixel(image, 0, 0)});
  CHECK(corner(180, true) == std::pair{5, pixel(image, 0, 2)});
  CHECK(corner(270, true) == std::pair{3, pixel(image, 4, 2)});
}

TEST_CASE("damaged streams are read or refused, within their memory") {
  const std::string jpeg = text_of(encode_jpeg(sample_image(24, 17)));
  const std::vector<std::string> good = {y4m_of("W9 H7 F25:1 C420jpeg", 103, 3), y4m_of("W4 H4 C444", 48, 2),
                                         jpeg + jpeg + with_thumbnail(jpeg)};
  const auto parse = [](const uint8_t *bytes, size_t size) {
    StreamOptions options;
    options.max_pixels = 1 << 16;
    const auto source = open_text(std::string(bytes, bytes + size), options, 1 + size % 50);
    VideoFrame frame;
    while (source->next(&frame))
      if (frame.jpeg == nullptr) image_of(frame.pixels);
  };
  for (const std::string &bytes : good) {
    parse_truncated(bytes, parse);
    parse_mutated(bytes, parse, 1000);
  }
}

}  // namespace skiff::test
