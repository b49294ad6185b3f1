"""What the triggers of the catalogue call: the sequence of versions, and the text that products are found by."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

CONFIGURATION = """
CREATE TEXT SEARCH CONFIGURATION products_words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION products_words
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
"""

# unaccent() is only STABLE, since its dictionary could be changed; an index needs a function that says it won't be.
PLAIN = """
CREATE FUNCTION products_plain(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(unaccent('unaccent'::regdictionary, words));
"""

# Bounded everywhere: a tsvector has a megabyte at the most, and a product must never fail to be saved for its words.
DOCUMENT = """
CREATE FUNCTION products_document(product uuid, title text, brand uuid, tags text[], description text) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
DECLARE
    titles text;
    texts text;
    skus text;
    maker text;
BEGIN
    SELECT string_agg(t.title, ' '), string_agg(left(t.description, 20000), ' ') INTO titles, texts
    FROM products_producttranslation t WHERE t.product_id = product;
    -- A SKU is found whole, and by its parts.
    SELECT string_agg(v.sku || ' ' || regexp_replace(v.sku, '[^[:alnum:]]+', ' ', 'g'), ' ') INTO skus
    FROM products_variant v WHERE v.product_id = product AND v.sku <> '';
    SELECT b.name INTO maker FROM products_brand b WHERE b.id = brand;
    RETURN setweight(to_tsvector('products_words', left(concat_ws(' ', title, titles), 10000)), 'A')
        || setweight(to_tsvector('products_words', left(concat_ws(' ', maker, skus), 60000)), 'B')
        || setweight(to_tsvector('products_words', left(array_to_string(tags, ' '), 20000)), 'C')
        || setweight(
            to_tsvector(
                'products_words',
                regexp_replace(left(concat_ws(' ', description, texts), 100000), '<[^>]*>|&[a-z]+;|&#[0-9]+;', ' ', 'g')
            ),
            'D'
        );
END
$$;
"""

# The rows are locked in the order of their ids before the first is changed; see products/triggers.py.
BUMP = """
CREATE FUNCTION products_bump(ids uuid[], is_text boolean, is_edit boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM 1 FROM products_product WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE products_product
    SET version = version + 1,
        search = CASE WHEN is_text THEN NULL ELSE search END,
        updated_at = CASE WHEN is_edit THEN greatest(updated_at, now()) ELSE updated_at END
    WHERE id = ANY (ids);
END
$$;
"""

# Trigrams find what was mistyped. The threshold belongs to the function: a session's setting would be forgotten.
SIMILAR = """
CREATE FUNCTION products_similar(words text) RETURNS TABLE (id uuid, similarity real)
LANGUAGE sql STABLE SET pg_trgm.word_similarity_threshold = 0.4 AS $$
    SELECT p.id, word_similarity(products_plain(words), products_plain(p.title))
    FROM products_product p
    WHERE p.status = 'active' AND products_plain(words) <% products_plain(p.title)
    ORDER BY 2 DESC, 1
    LIMIT 200
$$;
"""


# Versions change often and are in no index: with room left in each page such a change touches no index either.
ROOM = "ALTER TABLE products_product SET (fillfactor = 75)"


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0002_imports"),
    ]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(CONFIGURATION, "DROP TEXT SEARCH CONFIGURATION products_words"),
        migrations.RunSQL("CREATE SEQUENCE products_version", "DROP SEQUENCE products_version"),
        migrations.RunSQL(PLAIN, "DROP FUNCTION products_plain"),
        migrations.RunSQL(DOCUMENT, "DROP FUNCTION products_document"),
        migrations.RunSQL(BUMP, "DROP FUNCTION products_bump"),
        migrations.RunSQL(SIMILAR, "DROP FUNCTION products_similar"),
        migrations.RunSQL(ROOM, "ALTER TABLE products_product RESET (fillfactor)"),
    ]
