//! The services that make a node a Kubernetes host, described for the supervisor.
