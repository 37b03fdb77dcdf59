// SPDX-License-Identifier: MIT
package android.content.res;

import java.io.IOException;
import java.io.InputStream;

/** What the camera sample calls of Android's class. */
public class AssetManager {
  public InputStream open(String name) throws IOException {
    throw new IOException(name);
  }
}
