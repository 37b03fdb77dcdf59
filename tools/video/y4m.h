// SPDX-License-Identifier: MIT
//
// YUV4MPEG2, what `ffmpeg -f yuv4mpegpipe` and mjpegtools write.
#pragma once
#include "tools/video/buffered.h"
#include "tools/video/pixels.h"

namespace skiff {

constexpr std::string_view kY4mMagic = "YUV4MPEG2";

struct Y4mHeader {
  PixelLayout layout;
  FrameRate rate;
};

// The first line of a stream, without its end. 8 bits a sample; 4:2:0 of every siting, 4:2:2, 4:4:4, mono. Interlaced frames are
// taken as they lie. Throws Error. Source: yuv4mpeg(5) of mjpegtools; XCOLORRANGE is ffmpeg's.
Y4mHeader parse_y4m_header(std::string_view line, uint64_t max_pixels);

// Of a stream whose first bytes are kY4mMagic.
std::unique_ptr<VideoSource> open_y4m(BufferedBytes bytes, const StreamOptions &options);

}  // namespace skiff
