/** Calls the door as strangers do: knowing its address, a token and nothing else. */
@NullMarked
package org.rowhouse.grpc;

import org.jspecify.annotations.NullMarked;
