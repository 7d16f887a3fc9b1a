# An index that is made while others write stands outside of a transaction.
class Names < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def change
    add_index :accounts, :name, algorithm: :concurrently
  end
end
