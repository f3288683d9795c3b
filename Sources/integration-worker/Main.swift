import ArgumentParser
import AsyncHTTPClient
import Configuration
import Crypto
import Logging
import ServiceLifecycle

@main
struct IntegrationWorker: AsyncParsableCommand {}
