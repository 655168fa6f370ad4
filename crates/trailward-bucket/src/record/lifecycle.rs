use super::{StorageClass, Tag};
use serde::{Deserialize, Serialize};

/// A bucket's lifecycle configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// 1 to 1,000.
    pub rules: Vec<LifecycleRule>,
    /// Which small objects stay where they are.
    pub minimum: TransitionMinimum,
}

/// `x-amz-transition-default-minimum-object-size`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransitionMinimum {
    /// Objects below 128 KB do not move, unless a rule's filter names a size.
    #[default]
    AllStorageClasses128K,
    /// Only to archives do such objects move.
    VariesByStorageClass,
}

impl TransitionMinimum {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllStorageClasses128K => "all_storage_classes_128K",
            Self::VariesByStorageClass => "varies_by_storage_class",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::AllStorageClasses128K, Self::VariesByStorageClass].into_iter().find(|m| m.as_str() == name)
    }
}

/// One rule. Numbers are as they came until the bucket has checked them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// 1 to 255 characters; made up if the request has none.
    pub id: String,
    /// Whether it is applied.
    pub enabled: bool,
    /// To which objects.
    pub filter: LifecycleFilter,
    /// When newest versions expire.
    pub expiration: Option<Expiration>,
    /// When newest versions change their storage class.
    pub transitions: Vec<Transition>,
    /// When other versions are removed for good.
    pub noncurrent_expiration: Option<Noncurrent>,
    /// When other versions change their storage class.
    pub noncurrent_transitions: Vec<(Noncurrent, StorageClass)>,
    /// After how many days uploads that were not completed end.
    pub abort_days: Option<i64>,
}

/// How a filter is written; it comes back in the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterForm {
    /// A `Prefix` beside the other elements of the rule, as the first version of the API had it.
    Legacy,
    /// A `Filter` with one element or none.
    Plain,
    /// A `Filter` with `And`.
    And,
}

/// Which objects a rule is about: those for which all of it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleFilter {
    /// How it is written.
    pub form: FilterForm,
    /// Keys begin with this.
    pub prefix: Option<String>,
    /// Objects have these tags.
    pub tags: Vec<Tag>,
    /// Bytes; objects are larger.
    pub larger_than: Option<i64>,
    /// Bytes; objects are smaller.
    pub smaller_than: Option<i64>,
}

/// When something happens to a newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// So many days after it was made, at the next midnight.
    Days(i64),
    /// From this midnight on, in seconds since 1970.
    Date(i64),
}

/// How newest versions expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expiration {
    /// They do.
    When(When),
    /// Delete markers under which nothing is left are removed, or are not.
    ExpiredMarkers(bool),
}

/// A change of the storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub when: When,
    /// To which one.
    pub class: StorageClass,
}

/// When something happens to versions that are not the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noncurrent {
    /// Days after a newer version came.
    pub days: i64,
    /// How many of the newest ones are spared.
    pub newer: Option<i64>,
}
