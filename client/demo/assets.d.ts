/** Style sheets are for the bundler; they have no value. */
declare module "*.css" {}
