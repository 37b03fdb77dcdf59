// SPDX-License-Identifier: MIT
package org.skiff;

import java.util.Arrays;

/** How a {@link Detector} works. What is not set is as the model says. Setters check what they are given and return this. */
public final class Options {
  static final int FROM_MODEL = Integer.MIN_VALUE;
  static final int MOST_PX = 65535;
  private static final int MOST_THREADS = 256;

  int threads = 1;
  PowerMode powerMode = PowerMode.LITE_POWER_NO_BIND;
  float score = -1;
  float nms = -1;
  int maxDetections = FROM_MODEL;
  int inputWidth;
  int inputHeight;
  float[] values;
  int order;
  int resize;
  int maxWidth = 4096;
  int maxHeight = 4096;
  String[] labels;

  /** Threads that work on one picture, the caller's included; default 1. Two are worth having on phones with two fast CPUs. */
  public Options threads(int threads) {
    this.threads = in("threads", threads, 1, MOST_THREADS);
    return this;
  }

  /** The CPUs to work on; default wherever the system puts threads. */
  public Options powerMode(PowerMode powerMode) {
    this.powerMode = given("powerMode", powerMode);
    return this;
  }

  /** Detections need a score strictly above this. */
  public Options scoreThreshold(float score) {
    this.score = fraction("scoreThreshold", score);
    return this;
  }

  /** A box that overlaps a better one of its label by more is dropped. */
  public Options nmsThreshold(float overlap) {
    this.nms = fraction("nmsThreshold", overlap);
    return this;
  }

  /** At most this many detections a picture. */
  public Options maxDetections(int count) {
    this.maxDetections = in("maxDetections", count, 0, 65536);
    return this;
  }

  /** What the app takes for the size of the network's input. It is part of a model: any other than the model's is refused. */
  public Options inputSize(int width, int height) {
    this.inputWidth = in("input width", width, 1, MOST_PX);
    this.inputHeight = in("input height", height, 1, MOST_PX);
    return this;
  }

  /**
   * The network's input is (value / 255 - mean[c]) / std[c], for channel c in the network's order of channels. Takes the place of the
   * model's own rule, which is right unless the model was converted with a wrong recipe.
   */
  public Options inputMeanStd(float[] mean, float[] std) {
    if (given("mean", mean).length != 3 || given("std", std).length != 3)
      throw new IllegalArgumentException("mean and std have 3 values, not " + mean.length + " and " + std.length);
    this.values = Arrays.copyOf(mean, 6);
    System.arraycopy(std, 0, values, 3, 3);
    for (int c = 0; c < 6; c++)
      if (Float.isNaN(values[c]) || Float.isInfinite(values[c]) || (c >= 3 && !(values[c] > 0)))
        throw new IllegalArgumentException("mean and std are finite, std above 0; not " + Arrays.toString(values));
    return this;
  }

  /** "RGB" or "BGR": the network's order of channels, whatever that of the pictures. */
  public Options inputColorFormat(String order) {
    this.order = choice("inputColorFormat", order, "RGB", "BGR");
    return this;
  }

  /** "LANCZOS", "BILINEAR" (both as Pillow has them) or "CV_BILINEAR" (as OpenCV, and nearly Bitmap.createScaledBitmap). */
  public Options resize(String resize) {
    this.resize = choice("resize", resize, "LANCZOS", "BILINEAR", "CV_BILINEAR");
    return this;
  }

  /** The largest picture that will be given; default 4096 x 4096. Costs a little memory. */
  public Options maxSize(int width, int height) {
    this.maxWidth = in("max width", width, 1, MOST_PX);
    this.maxHeight = in("max height", height, 1, MOST_PX);
    return this;
  }

  /** Names of the classes in place of the model's, one for each, that of the background included. */
  public Options labels(String... labels) {
    this.labels = given("labels", labels).clone();
    for (String label : this.labels) given("a label", label);
    return this;
  }

  static <T> T given(String name, T value) {
    if (value == null) throw new IllegalArgumentException(name + " is null");
    return value;
  }

  static int in(String name, int value, int low, int high) {
    if (value < low || value > high)
      throw new IllegalArgumentException(name + " is from " + low + " to " + high + ", not " + value);
    return value;
  }

  private static float fraction(String name, float value) {
    if (!(value >= 0 && value <= 1)) throw new IllegalArgumentException(name + " is from 0 to 1, not " + value);
    return value;
  }

  /** The place of a value among the choices, from 1. */
  private static int choice(String name, String value, String... choices) {
    int place = Arrays.asList(choices).indexOf(value);
    if (place < 0)
      throw new IllegalArgumentException(name + " is one of " + Arrays.toString(choices) + ", not " + value);
    return place + 1;
  }
}
