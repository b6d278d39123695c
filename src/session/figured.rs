//! Reads a choice whose variants have figures. One that is named without its figures is refused
//! with their names, instead of the words of a parser. Start with [`read`].

use serde::Deserialize;
use serde::de::value::{EnumAccessDeserializer, MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, VariantAccess, Visitor,
};
use std::fmt;
use std::marker::PhantomData;

/// Reads a choice: `name`, or `{ name = { figure = … } }`. For `deserialize_with`.
///
/// # Errors
/// As the choice itself; where figures are missing, it names them.
pub fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Choice(PhantomData))
}

/// What is written: a name, or a table of one.
struct Choice<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Choice<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a table such as { name = { figure = 1 } }")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::deserialize(EnumAccessDeserializer::new(Bare(name, PhantomData)))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let chosen = T::deserialize(MapAccessDeserializer::new(&mut map))?;
        match map.next_key::<String>()? {
            Some(other) => Err(M::Error::custom(format!(
                "there are two to choose from: take `{other}` or the other out"
            ))),
            None => Ok(chosen),
        }
    }
}

/// A variant that is named without figures.
struct Bare<'a, E>(&'a str, PhantomData<E>);

impl<E: Error> Bare<'_, E> {
    fn needs(&self, figures: &str) -> E {
        let name = self.0;
        E::custom(format!("`{name}` needs its figures: write {{ {name} = {figures} }}"))
    }
}

impl<'de, E: Error> EnumAccess<'de> for Bare<'_, E> {
    type Error = E;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), E> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, self))
    }
}

impl<'de, E: Error> VariantAccess<'de> for Bare<'_, E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, E> {
        Err(self.needs("…"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, E> {
        Err(self.needs("[…]"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, E> {
        let figures: Vec<String> = fields.iter().map(|field| format!("{field} = …")).collect();
        Err(self.needs(&format!("{{ {} }}", figures.join(", "))))
    }
}
