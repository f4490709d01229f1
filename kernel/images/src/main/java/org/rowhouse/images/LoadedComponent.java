package org.rowhouse.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A version of a component in this JVM, with what was declared and where its files lie.
 *
 * @param ready its files on this machine; null for in-process
 */
record LoadedComponent(
        ComponentImage image, Manifest manifest, String digest, ImageCache.@Nullable Ready ready) {

    /** The text of a file that the manifest names. */
    String text(String file) {
        if (ready == null) {
            return resource(image.owner(), file);
        }
        try (ZipFile zip = new ZipFile(ready.packageZip().toFile());
                InputStream in = zip.getInputStream(zip.getEntry(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ImageCache.unwritable(ready.packageZip(), e);
        }
    }

    /**
     * The text of a file on the class path of a program's own component.
     *
     * @throws RowhouseException INVALID_MANIFEST if there is none
     */
    static String resource(Class<?> owner, String file) {
        try (InputStream in = owner.getResourceAsStream("/" + file)) {
            if (in == null) {
                throw new RowhouseException(
                        ErrorCode.INVALID_MANIFEST,
                        "There is no resource "
                                + Quoted.of(file)
                                + " on the class path of "
                                + owner.getName()
                                + ".");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_MANIFEST,
                    "The resource " + Quoted.of(file) + " cannot be read.",
                    e);
        }
    }
}
