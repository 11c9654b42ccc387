//! homelab.yaml: what is wanted. Every value is parsed once, here, and then holds for ever.
//!
//! Pure: text in, values and findings out. No file is read here.

mod addresses;
mod check;
mod guard;
mod lookup;
mod model;
mod names;
mod near;
mod parsed;
mod problem;
mod quantity;
mod read;
mod rules;
mod schema;
mod secrets;
mod show;
mod tree;
mod workload;

pub use addresses::{Lan, Pool};
pub use guard::{BED_MARK, Build, Surroundings, refused_defaults};
pub use lookup::{FILE_VARIABLE, HOST_VARIABLE, Lookup, host_overrides, lookup};
pub use model::{Addons, Config, Host, Microk8s, Network, Releases, SecondHost, Tls, TlsMode};
pub use names::{Channel, DnsName, HostAddress, Label, Revision, UserName};
pub use problem::{Place, Problem, Problems};
pub use quantity::Quantity;
pub use read::{Loaded, Override, Source, read};
pub use schema::schema;
pub use secrets::{FileName, SecretSource, VariableName, value_of_file};
pub use show::{Origin, Shown, values, yaml};
pub use workload::{Amounts, Autoscaling, Resources, SECRETS_FOLDER, Server};
