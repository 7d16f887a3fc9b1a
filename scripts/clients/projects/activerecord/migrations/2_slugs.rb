# A column is added and filled by saving each object, in one transaction.
class Slugs < ActiveRecord::Migration[6.1]
  class Row < ActiveRecord::Base
    self.table_name = 'accounts'
  end

  def up
    add_column :accounts, :slug, :string
    Row.reset_column_information
    Row.find_each { |row| row.update!(slug: "#{row.name.downcase}-#{row.id}", email: row.email.dup.concat('')) }
    change_column_null :accounts, :slug, false
    add_index :accounts, :slug, unique: true
  end

  def down
    remove_column :accounts, :slug
  end
end
