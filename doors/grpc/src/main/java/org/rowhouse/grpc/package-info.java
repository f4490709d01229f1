/** The door for programs that speak gRPC. */
@NullMarked
package org.rowhouse.grpc;

import org.jspecify.annotations.NullMarked;
