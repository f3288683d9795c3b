// Standard input is read on a thread of its own: the read blocks until a line or the end comes.

internal import Foundation

/// The process's standard input.
public enum StandardInput {
    /// Its lines, until its end; a line that comes while a thousand wait is dropped.
    public static func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self,
            bufferingPolicy: .bufferingOldest(1000)
        )
        let thread = Thread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        thread.name = "standard-input"
        thread.start()
        return stream
    }
}

/// The process's standard output.
public enum StandardOutput {
    /// Writes a line at once, also where the reader is another process.
    public static func write(line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
