import Foundation
import Glibc

extension ThrowawayPostgres {
    /// The options of `setpriv` that make root the user `postgres`, whom the server insists on.
    static var userOptions: [String] {
        getuid() == 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }

    static var asServerUser: [String] {
        getuid() == 0 ? ["setpriv"] + userOptions : []
    }

    /// A directory short enough for a socket's path, which has 107 bytes.
    static func makeDirectory() throws -> String {
        let template = "/tmp/throwaway-postgres.XXXXXX"
        var path = Array(template.utf8CString)
        guard mkdtemp(&path) != nil else {
            throw ThrowawayPostgresError("mkdtemp \(template): \(String(cString: strerror(errno)))")
        }
        let directory = String(
            decoding: path.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        guard getuid() == 0 else { return directory }
        guard let user = getpwnam("postgres") else {
            throw ThrowawayPostgresError(
                "root cannot run the server and there is no user postgres: install it "
                    + "(apt-get install postgresql) or run as another user"
            )
        }
        chown(directory, user.pointee.pw_uid, user.pointee.pw_gid)
        return directory
    }

    /// A port that is free now; another process may still be faster.
    static func findFreePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard code == 0 else {
            throw ThrowawayPostgresError("no free port: \(String(cString: strerror(errno)))")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
